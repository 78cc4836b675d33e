import { readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { ROOT } from './compose.ts'

const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ pattern: line.replace(/^!/, ''), isKept: line.startsWith('!') }))

/**
 * Whether a file, by its path from the repository, is not sent to the builder. The last rule that matches the file or
 * one of its folders decides. https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function isDockerIgnored(path: string): boolean {
  const parts = path.split('/')
  const ways = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const last = rules.findLast(({ pattern }) =>
    ways.some((way) => matchesGlob(undotted(way), undotted(pattern))),
  )
  return last !== undefined && !last.isKept
}

/** Docker's `*` also matches names that begin with a dot; Node's does not. */
const undotted = (path: string) => path.replace(/(^|\/)\./g, '$1dot-')
