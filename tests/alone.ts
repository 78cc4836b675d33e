import { spawnSync } from 'node:child_process'
import { join, relative, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

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
const failed: string[] = []
const skipped: string[] = []
for (const { name, file } of listed) {
  const { status, stdout } = vitest('run', file, '-t', patternOf(name))
  const title = `${relative(ROOT, file)}: ${name}`
  if (status !== 0) failed.push(title)
  else if (!/Tests .*passed/.test(stripVTControlCharacters(stdout))) skipped.push(title)
}
for (const title of skipped) console.info(`- not run: ${title}`)
for (const title of failed) console.info(`✗ ${title}`)
console.info(`${listed.length} tests, each alone: ${failed.length} failed, ${skipped.length} not run.`)
process.exitCode = failed.length === 0 ? 0 : 1
