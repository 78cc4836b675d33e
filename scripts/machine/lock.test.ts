import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../tests/harness/processes.ts'
import { identify, isSame } from './identity.ts'
import { lockOwner, takeLock } from './lock.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('is had by one, until it is released', () => {
  const lock = takeLock(directory, 'supervise')
  expect(lock).toBeDefined()
  expect(isSame(lockOwner(directory), identify(process.pid))).toBe(true)
  expect(takeLock(directory, 'supervise')).toBeUndefined()
  lock?.release()
  expect(lockOwner(directory)).toBeUndefined()
  expect(takeLock(directory, 'supervise')).toBeDefined()
})

test('of a pid that has become somebody else’s is nobody’s', () => {
  takeLock(directory, 'supervise', { pid: process.pid, startTime: '1@earlier' })
  expect(lockOwner(directory)).toBeUndefined()
  expect(takeLock(directory, 'supervise')).toBeDefined()
  expect(readdirSync(directory)).toEqual(['supervisor.lock.2'])
})

test('that cannot be read is nobody’s', () => {
  writeFileSync(join(directory, 'supervisor.lock.7'), '{"owner":')
  expect(takeLock(directory, 'supervise')).toBeDefined()
})

test('releasing late does not take it from who has it now', () => {
  const earlier = takeLock(directory, 'supervise', { pid: process.pid, startTime: '1@earlier' })
  takeLock(directory, 'supervise')
  earlier?.release()
  expect(isSame(lockOwner(directory), identify(process.pid))).toBe(true)
})

test('many at once, after an owner that died: one has it', { timeout: 60_000 }, async () => {
  takeLock(directory, 'supervise', { pid: process.pid, startTime: '1@earlier' })
  const program = join(import.meta.dirname, '..', '..', 'tests', 'fixtures', 'processes', 'take-lock.ts')
  const takers = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, [program, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
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
    expect(takers.filter(({ said }) => said.includes('taken'))).toHaveLength(1)
  } finally {
    for (const { child } of takers) child.kill('SIGKILL')
    await Promise.all(takers.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  }
})
