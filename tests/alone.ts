import { spawnSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { ROOT } from './harness/process.ts'

/**
 * Runs each test of some files alone, and names those that fail: they depend on an earlier test of their file. All cases
 * of a parametrised test run together. `node tests/alone.ts tests/sql.test.ts …`
 */
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

interface Listed {
  /** Its suites and its own name, joined by ` > `. */
  readonly name: string
  readonly file: string
  readonly location: { readonly line: number }
}

const vitest = (...args: string[]) =>
  spawnSync(process.execPath, [VITEST, ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const listed: Listed[] = JSON.parse(vitest('list', ...process.argv.slice(2), '--json').stdout)
const failed: string[] = []
const skipped: string[] = []
for (const { name, file, location } of listed) {
  const { status, stdout } = vitest('run', `${file}:${location.line}`)
  const title = `${relative(ROOT, file)}: ${name}`
  if (status !== 0) failed.push(title)
  else if (!/Tests .*passed/.test(stripVTControlCharacters(stdout))) skipped.push(title)
}
for (const title of skipped) console.info(`- not run: ${title}`)
for (const title of failed) console.info(`✗ ${title}`)
console.info(`${listed.length} tests, each alone: ${failed.length} failed, ${skipped.length} not run.`)
process.exitCode = failed.length === 0 ? 0 : 1
