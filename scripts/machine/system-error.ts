import { lstatSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { shellWord } from '../../contracts/shell-word.ts'
import { foreignFile, openAgain } from '../../settings/owner.ts'

/** The diagnosis of a failed system call on a file; undefined for an error that a person cannot fix. */
export function diagnoseSystemError(error: unknown): Diagnosis | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  if (!path) return undefined
  switch (code) {
    case 'EACCES':
    case 'EPERM': {
      const foreign = foreignFile(path)
      if (!foreign) {
        return {
          code: 'FILE_READ_ONLY',
          what: `${path} cannot be used: you have taken your own permission to write away, or the system forbids it.`,
          fix: openAgain(path) ?? 'Use a folder that you may write to',
        }
      }
      return {
        code: 'FILE_NOT_YOURS',
        what: `${path} ${foreign.what}.`,
        fix: foreign.fix,
      }
    }
    case 'ENOTDIR': {
      const inTheWay = findNonFolder(path)
      if (!inTheWay) return undefined
      return {
        code: 'NOT_A_FOLDER',
        what: `${path} cannot be used: ${inTheWay} is not a folder.`,
        fix: `Move it away: mv ${shellWord(inTheWay)} ${shellWord(`${inTheWay}.away`)}`,
      }
    }
    case 'EROFS':
      return {
        code: 'FILE_SYSTEM_READ_ONLY',
        what: `${path} cannot be written: the file system is read-only.`,
        fix: 'Work in a copy elsewhere, or keep state elsewhere: npm run env -- WORKSPACE_STATE_DIR="$HOME/tracing-state"',
      }
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'DISK_FULL',
        what: `${path} cannot be written: the disk is full.`,
        fix: 'Make room (df -h; npm cache clean --force), and run this again',
      }
    default:
      return undefined
  }
}

/**
 * What is in the way of a folder: the uppermost part of the path that exists and is no folder, nor a link to one. Its
 * owner does not matter: given back, it would still be no folder.
 */
export function findNonFolder(path: string): string | undefined {
  const parent = dirname(path)
  const above = parent === path ? undefined : findNonFolder(parent)
  if (above) return above
  try {
    return statSync(path).isDirectory() ? undefined : path
  } catch (error) {
    const isLinkToNothing =
      (error as NodeJS.ErrnoException).code === 'ENOENT' &&
      lstatSync(path, { throwIfNoEntry: false }) !== undefined
    return isLinkToNothing ? path : undefined
  }
}
