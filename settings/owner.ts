import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

/** Why a file of another user cannot be used, and what to do. Both without a full stop. */
export interface ForeignFile {
  /** `belongs to the user ada`. */
  readonly what: string
  readonly fix: string
}

/**
 * The other user that a file or folder belongs to, or the nearest folder of it that can be seen; undefined where that is
 * the user of this process, or root's process, which may use all.
 */
export function foreignFile(path: string, ownUid = process.getuid?.() ?? 0): ForeignFile | undefined {
  const uid = ownerOf(path)
  if (uid === undefined || ownUid === 0 || uid === ownUid) return undefined
  const chown = `sudo chown -R "$(id -un)" "${dirname(path)}"`
  if (uid === 0) return { what: 'belongs to root: it was most likely made with sudo', fix: chown }
  return {
    what: `belongs to the user ${userName(uid)}`,
    fix: `Two people need a clone each: git clone "${ROOT}" ~/tracing. If both users are you: ${chown}`,
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    const parent = dirname(path)
    return parent === path ? undefined : ownerOf(parent)
  }
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
