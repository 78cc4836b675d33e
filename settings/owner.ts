import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { shellWord } from '../contracts/shell-word.ts'

const ROOT = realpathSync(resolve(import.meta.dirname, '..'))

/** Why a file of another user cannot be used, and what to do. Both without a full stop. */
export interface ForeignFile {
  /** `belongs to the user ada`. */
  readonly what: string
  readonly fix: string
}

/**
 * The other user that a file or folder belongs to, or the nearest folder of it that can be seen; undefined where that is
 * the user of this process, or root's process, which may use all. `chown` is offered only for what is in a clone or a folder
 * of the person's, or was made with sudo: never for a folder of the system, such as the parent of a path that is missing,
 * nor for a clone of another user. Elsewhere the fix is `otherwise`.
 */
export function foreignFile(
  path: string,
  otherwise = 'Use a folder that you own',
  ownUid = process.getuid?.() ?? 0,
): ForeignFile | undefined {
  const found = nearest(path)
  if (found === undefined || ownUid === 0 || found.uid === ownUid) return undefined
  const where = found.seen === path ? '' : `is in ${found.seen}, which `
  const isInOwn = uidOf(dirname(found.path)) === ownUid
  const mayBeOurs = ownPart(found.path, ownUid) ?? (isInOwn ? found.path : undefined)
  const chown = mayBeOurs && `sudo chown -R "$(id -un)" ${shellWord(mayBeOurs)}`
  if (found.uid === 0) {
    const reason = chown ? ': it was most likely made with sudo' : ''
    return { what: `${where}belongs to root${reason}`, fix: chown ?? otherwise }
  }
  const what = `${where}belongs to the user ${userName(found.uid)}`
  if (!chown) return { what, fix: otherwise }
  const clone = existsSync(join(ROOT, '.git')) ? cloneCommand(ROOT) : undefined
  if (uidOf(ROOT) === found.uid) return { what, fix: clone ?? otherwise }
  const change = `If both users are you: ${chown}`
  return { what, fix: clone ? `Two people need a clone each:\n    ${clone}\n${change}` : change }
}

/**
 * The command that clones a repository of another user. Git refuses to read one (safe.directory), and clears the options of
 * `git -c` for the program that reads it, which so gets its own.
 *
 * Source: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 */
export function cloneCommand(folder: string): string {
  return `git clone --no-local --upload-pack 'git -c safe.directory=* upload-pack' ${shellWord(folder)} ~/tracing`
}

/**
 * The command that opens what a person has closed for themselves; undefined for a folder of the system, and for root
 * outside this clone: not the mode is the reason there.
 */
export function openAgain(path: string, ownUid = process.getuid?.() ?? 0): string | undefined {
  const folder = nearest(dirname(path))
  if (!folder) return undefined
  const ours =
    ownPart(folder.path, ownUid) ?? (ownUid !== 0 && folder.uid === ownUid ? folder.path : undefined)
  return ours && `chmod -R u+rwX ${shellWord(ours)}`
}

interface Found {
  /** Without symbolic links. */
  readonly path: string
  readonly seen: string
  readonly uid: number
}

/** The path, or the nearest folder above it that can be seen. */
function nearest(path: string): Found | undefined {
  try {
    const { uid } = statSync(path)
    return { path: realpathSync(path), seen: path, uid }
  } catch {
    const parent = dirname(path)
    return parent === path ? undefined : nearest(parent)
  }
}

/** The file or folder at the top of this clone that a path belongs to (`.workspace`), or the clone if that is another's. */
function ownPart(path: string, ownUid: number): string | undefined {
  const [first = '', ...rest] = relative(ROOT, path).split(sep)
  if (first === '..' || isAbsolute(first) || (first === '' && rest.length > 0)) return undefined
  return uidOf(ROOT) === ownUid ? join(ROOT, first) : ROOT
}

function uidOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid
}

/** The name of a user, or the number where the system's list has none (passwd(5)). */
export function userName(uid: number): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return lines.find((line) => line.split(':')[2] === `${uid}`)?.split(':')[0] || `${uid}`
  } catch {
    return `${uid}`
  }
}
