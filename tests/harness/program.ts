import { spawnSync } from 'node:child_process'

/** A program that no package brings, and what to write behind a test's name: that it is there, or why it is skipped. */
export interface Program {
  readonly isThere: boolean
  readonly kind: string
}

/** `version`: a command that ends well where the program is there. */
export function findProgram(version: readonly [string, ...string[]]): Program {
  const [file, ...args] = version
  const isThere = spawnSync(file, args, { stdio: 'ignore', timeout: 10_000 }).status === 0
  return {
    isThere,
    kind: isThere ? `${file} of this machine` : `skipped: nothing here answers ${version.join(' ')}`,
  }
}
