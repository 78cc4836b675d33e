import { dirname } from 'node:path'

/** What the system says of a file, which nobody's code can help: a sentence by its code, and the cure. */
const SENTENCES: Readonly<Record<string, (path: string) => { readonly what: string; readonly fix: string }>> =
  {
    EACCES: notYours,
    EPERM: notYours,
    EROFS: (path) => ({
      what: `${path} cannot be written: the file system is read-only.`,
      fix: 'Work in a copy elsewhere, or keep state elsewhere: npm run env -- WORKSPACE_STATE_DIR=<folder>',
    }),
    ENOSPC: noSpace,
    EDQUOT: noSpace,
  }

function notYours(path: string) {
  return {
    what: `${path} belongs to somebody else: it was most likely made with sudo.`,
    fix: `sudo chown -R "$(id -un)" "${dirname(path)}"`,
  }
}

function noSpace(path: string) {
  return {
    what: `${path} cannot be written: the disk is full.`,
    fix: 'Make room (df -h; npm cache clean --force), and run this again',
  }
}

/** Undefined for anything but a file that the system refuses. */
export function describeSystemError(
  error: unknown,
): { readonly what: string; readonly fix: string } | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  if (!code || !path) return undefined
  return SENTENCES[code]?.(path)
}
