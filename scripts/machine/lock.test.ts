import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../tests/harness/processes.ts'
import { tryLock, withLock } from './lock.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'))
  path = join(directory, 'lock')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a lock has one holder, until it is released', () => {
  const lock = tryLock(path)
  expect(lock).toBeDefined()
  expect(tryLock(path)).toBeUndefined()
  lock?.release()
  expect(tryLock(path)).toBeDefined()
  expect(readdirSync(directory)).toEqual(['lock'])
})

test('many at once: one has it, and its death frees it', { timeout: 60_000 }, async () => {
  const program = join(import.meta.dirname, '..', '..', 'tests', 'fixtures', 'processes', 'take-lock.ts')
  const takers = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] })
    const taker = { child, said: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      taker.said += chunk
    })
    return taker
  })
  try {
    const everyoneSaid = (word: RegExp) => () => takers.every(({ said }) => word.test(said))
    await until(everyoneSaid(/here/), 'all to be here')
    for (const { child } of takers) child.stdin.write('go\n')
    await until(everyoneSaid(/taken|refused/), 'all to have tried')
    const holders = takers.filter(({ said }) => said.includes('taken'))
    expect(holders).toHaveLength(1)
    expect(tryLock(path)).toBeUndefined()
    const [holder] = holders
    holder?.child.kill('SIGKILL')
    await once(holder?.child ?? takers[0]?.child ?? process, 'exit')
    expect(tryLock(path)).toBeDefined()
  } finally {
    for (const { child } of takers) child.kill('SIGKILL')
    await Promise.all(takers.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  }
})

test('a change waits for its turn, and runs where no lock can be made', () => {
  const file = join(directory, 'file')
  const answer = withLock(path, () => {
    writeFileSync(file, 'one')
    return tryLock(path)
  })
  expect(answer).toBeUndefined()
  expect(readFileSync(file, 'utf8')).toBe('one')
  expect(withLock(join(file, 'no-folder', 'lock'), () => 'done')).toBe('done')
})
