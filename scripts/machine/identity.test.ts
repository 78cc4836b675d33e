import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identitySchema } from '../../contracts/workspace-state.ts'
import { hasEnded, identify, isAlive, sendSignal, sendSignalToGroup } from './identity.ts'
import { parsePs, parseStat } from './process-facts.ts'

const STAT = (name: string, state = 'S') =>
  `42 (${name}) ${state} 1 40 40 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 7 0 987654 1000000 500 18446744073709551615`

test('reads a line of /proc/<pid>/stat, whatever the program is called', () => {
  const facts = { startTime: '987654@boot', group: 40, isZombie: false, isSuspended: false }
  expect(parseStat(STAT('node'), 'boot')).toEqual(facts)
  expect(parseStat(STAT('a) S 7 (b'), 'boot')).toEqual(facts)
  expect(parseStat(STAT('node', 'Z'), 'boot')?.isZombie).toBe(true)
  expect(parseStat(STAT('node', 'T'), 'boot')?.isSuspended).toBe(true)
  expect(parseStat('', 'boot')).toBeUndefined()
})

test('reads a line of ps', () => {
  expect(parsePs('Ss    40 Mon Jan  5 10:00:00 2026    ')).toEqual({
    startTime: 'Mon Jan 5 10:00:00 2026',
    group: 40,
    isZombie: false,
    isSuspended: false,
  })
  expect(parsePs('')).toBeUndefined()
})

test('a process is alive only under its own start time', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true })
  try {
    const identity = identify(child.pid ?? 0)
    if (!identity) throw new Error('The process has not started.')
    const stranger = { ...identity, startTime: '1@earlier' }
    expect([isAlive(identity), isAlive(stranger)]).toEqual([true, false])
    expect(sendSignal(stranger, 'SIGKILL')).toBe(false)
    expect(sendSignalToGroup(stranger, 'SIGKILL')).toBe(false)
    expect(isAlive(identity)).toBe(true)
    expect(sendSignalToGroup(identity, 'SIGKILL')).toBe(true)
    await once(child, 'exit')
    expect(await hasEnded(identity, 15_000)).toBe(true)
    expect(sendSignal(identity, 'SIGTERM')).toBe(false)
  } finally {
    child.kill('SIGKILL')
  }
})

test('pids that mean more than one process are refused', () => {
  for (const pid of [1, 0, -1]) expect(identitySchema.safeParse({ pid, startTime: 'x' }).success).toBe(false)
})
