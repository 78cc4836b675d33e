import { spawnSync } from 'node:child_process'
import { join, relative, resolve } from 'node:path'

/**
 * Runs each test of some files alone, and names those that fail: they depend on an earlier test of their file.
 * `node tests/alone.ts tests/sql.test.ts …`
 */
const ROOT = resolve(import.meta.dirname, '..')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

interface Listed {
  /** Its suites and its own name, joined by ` > `. */
  readonly name: string
  readonly file: string
}

const vitest = (...args: string[]) =>
  spawnSync(process.execPath, [VITEST, ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

/** `%s` and `${…}` in the name of a parametrised test stand for anything, so that its cases run together. */
function patternOf(name: string): string {
  const parts = name.replaceAll(' > ', ' ').split(/%[a-z]|\$\{[^}]*\}|\$\w+/)
  return `^${parts.map((part) => part.replace(/[^\w ]/g, '.')).join('.*')}$`
}

const listed: Listed[] = JSON.parse(vitest('list', ...process.argv.slice(2), '--json').stdout)
let failures = 0
for (const { name, file } of listed) {
  const { status, stderr } = vitest('run', file, '-t', patternOf(name))
  if (status === 0) continue
  failures += 1
  console.info(`✗ ${relative(ROOT, file)}: ${name}\n${stderr.slice(0, 2_000)}`)
}
console.info(`${listed.length} tests, each alone: ${failures} failed.`)
process.exitCode = failures === 0 ? 0 : 1
