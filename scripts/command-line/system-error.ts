import { dirname } from 'node:path'
import type { Diagnosis } from '../../contracts/diagnosis.ts'

/** By the code of a failed system call on a file, for those that a person can fix. */
const DIAGNOSES: Readonly<Record<string, (path: string) => Diagnosis>> = {
  EACCES: notYours,
  EPERM: notYours,
  EROFS: (path) => ({
    code: 'FILE_SYSTEM_READ_ONLY',
    what: `${path} cannot be written: the file system is read-only.`,
    fix: 'Work in a copy elsewhere, or keep state elsewhere: npm run env -- WORKSPACE_STATE_DIR=<folder>',
  }),
  ENOSPC: diskFull,
  EDQUOT: diskFull,
}

function notYours(path: string): Diagnosis {
  return {
    code: 'FILE_NOT_YOURS',
    what: `${path} belongs to another user: it was most likely made with sudo.`,
    fix: `sudo chown -R "$(id -un)" "${dirname(path)}"`,
  }
}

function diskFull(path: string): Diagnosis {
  return {
    code: 'DISK_FULL',
    what: `${path} cannot be written: the disk is full.`,
    fix: 'Make room (df -h; npm cache clean --force), and run this again',
  }
}

/** Undefined for an error that is not of a file, or that a person cannot fix. */
export function diagnoseSystemError(error: unknown): Diagnosis | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  return code && path ? DIAGNOSES[code]?.(path) : undefined
}
