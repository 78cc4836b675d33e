import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { tryLock, withLock } from './lock.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = temporaryFolder()
  path = join(directory, 'lock')
})

test('a lock has one holder, until it is released', () => {
  const lock = tryLock(path)
  expect(lock).toBeDefined()
  expect(tryLock(path)).toBeUndefined()
  lock?.release()
  expect(tryLock(path)).toBeDefined()
  expect(readdirSync(directory)).toEqual(['lock'])
})

test('of many processes at once one gets the lock, and its death frees it', { timeout: 60_000 }, async () => {
  const program = join(import.meta.dirname, '..', '..', 'tests', 'fixtures', 'processes', 'take-lock.ts')
  const takers = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] })
    const taker = { child, output: '', exited: once(child, 'exit') }
    child.stdout.on('data', (chunk: Buffer) => {
      taker.output += chunk
    })
    return taker
  })
  const waitForAll = (word: RegExp) =>
    eventually(
      () => takers.map(({ output }) => output),
      (outputs) => outputs.every((output) => word.test(output)),
    )
  try {
    await waitForAll(/here/)
    for (const { child } of takers) child.stdin.write('go\n')
    await waitForAll(/taken|refused/)
    const holders = takers.filter(({ output }) => output.includes('taken'))
    expect(holders).toHaveLength(1)
    expect(tryLock(path)).toBeUndefined()
    holders[0]?.child.kill('SIGKILL')
    await holders[0]?.exited
    expect(tryLock(path)).toBeDefined()
  } finally {
    for (const { child } of takers) child.kill('SIGKILL')
    await Promise.all(takers.map(({ exited }) => exited))
  }
})

test('the lock file is its owner’s only', () => {
  tryLock(path)?.release()
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a folder or a text in the place of the lock is an error with its fix', () => {
  mkdirSync(path)
  const isUnusable = expect.objectContaining({ code: 'LOCK_UNUSABLE', fix: expect.stringContaining(path) })
  expect(() => tryLock(path)).toThrow(isUnusable)
  writeFileSync(`${path}.txt`, 'this is no database, but long enough to be looked at'.repeat(99))
  expect(() => withLock(`${path}.txt`, () => {})).toThrow(isUnusable)
})

// Root may write every file.
test.skipIf(process.getuid?.() === 0)(
  'a lock file without write permission is an error that opens it again',
  () => {
    writeFileSync(path, '')
    chmodSync(path, 0o444)
    const isClosed = expect.objectContaining({ code: 'LOCK_UNUSABLE', fix: `chmod -R u+rwX ${directory}` })
    expect(() => tryLock(path)).toThrow(isClosed)
    expect(() => withLock(path, () => {})).toThrow(isClosed)
  },
)

test('a change runs under its lock, and without one where none can be made', () => {
  const file = join(directory, 'file')
  const answer = withLock(path, () => {
    writeFileSync(file, 'one')
    return tryLock(path)
  })
  expect(answer).toBeUndefined()
  expect(readFileSync(file, 'utf8')).toBe('one')
  expect(withLock(join(file, 'no-folder', 'lock'), () => 'done')).toBe('done')
})
