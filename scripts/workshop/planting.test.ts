import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { drawFaults, FAULTS } from '../../contracts/planted-faults.ts'
import { readSettings } from '../../settings/read.ts'
import { recordingTerminal } from '../../tests/harness/processes.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { type PlantOptions, plant, unplant } from './planting.ts'
import { readPlanting } from './planting-record.ts'

let folder: string
let lines: string[]

beforeEach(() => {
  folder = temporaryFolder()
  lines = []
  vi.stubEnv('WORKSPACE_ENV_FILE', join(folder, '.env'))
  vi.stubEnv('WORKSPACE_STATE_DIR', folder)
})

const planted = () => readPlanting(readSettings())
const env = () => (existsSync(join(folder, '.env')) ? readFileSync(join(folder, '.env'), 'utf8') : '')
const plantNow = async (letters: string[], options: PlantOptions = {}) => {
  await plant(letters, options, recordingTerminal(lines))
  return readSettings()
}

test('planting by letter replaces the planted faults, and names those that it removes', async () => {
  for (const letters of [['d'], ['a', 'b', 'c'], ['a', 'b', 'c', 'h']]) await plantNow(letters)
  expect(lines.filter((line) => line.includes('Planted'))).toEqual([
    expect.stringContaining('Planted: d. '),
    expect.stringContaining('Planted: a, b, c (no longer d). '),
    expect.stringContaining('Planted: a, b, c, h. '),
  ])
  expect(env()).toContain('PLANTED_FAULTS=a,b,c,h')
  expect(env()).not.toContain('PLANTED_SEED')
  await expect(plantNow(['a', 'z'])).rejects.toThrow('There is no fault z')
})

test('a fault is planted once, whether a command, .env or the record has it twice', async () => {
  expect((await plantNow(['c', 'a', 'c', 'a'])).PLANTED_FAULTS).toEqual(['a', 'c'])
  expect(env()).toContain('PLANTED_FAULTS=a,c')
  expect(planted()?.letters).toEqual(['a', 'c'])
  writeFileSync(join(folder, '.env'), 'PLANTED_FAULTS=c,c,a')
  expect(readSettings().PLANTED_FAULTS).toEqual(['a', 'c'])
  writeFileSync(
    join(folder, 'workshop', 'planting.json'),
    JSON.stringify({ letters: ['b', 'b'], seed: '', round: 0, plantedAt: 1 }),
  )
  expect(planted()?.letters).toEqual(['b'])
})

test('without letters a random seed decides, each round has other faults, and none is named by its kind', async () => {
  const first = await plantNow([])
  expect(first.PLANTED_SEED).not.toBe('')
  expect(first.PLANTED_FAULTS).toEqual(drawFaults(first.PLANTED_SEED))
  const { plantedAt } = planted() ?? {}
  expect((await plantNow([])).PLANTED_SEED).toBe(first.PLANTED_SEED)
  expect(planted()?.plantedAt).toBe(plantedAt)
  const letters = [...first.PLANTED_FAULTS]
  for (const _round of [1, 2]) letters.push(...(await plantNow([], { next: true })).PLANTED_FAULTS)
  expect(letters.toSorted()).toEqual(FAULTS)
  expect(lines.join('\n')).toContain('round 3 of 3; all eight kinds have now been there')
  expect(lines.join('\n')).not.toMatch(/query|call|cache|retr|pool|cohort|error/i)
  expect(lines.filter((line) => /Planted|replace/.test(line)).map((line) => line.trim())).toEqual([
    '✓ Planted: 3 faults. npm run workshop -- unplant removes them.',
    '✓ Planted: 3 faults. npm run workshop -- unplant removes them.',
    '✓ Planted: 3 faults. npm run workshop -- unplant removes them.',
    'They replace the earlier ones, whose answers no longer count.',
    '✓ Planted: 2 faults. npm run workshop -- unplant removes them.',
    'They replace the earlier ones, whose answers no longer count.',
  ])
})

test('a class has one seed, and each name draws other faults', async () => {
  vi.stubEnv('WORKSHOP_SEED', 'spring')
  expect((await plantNow([])).PLANTED_SEED).toBe('spring')
  expect((await plantNow([], { name: 'Ada ' })).PLANTED_SEED).toBe('spring/ada')
  await plantNow([], { next: true })
  expect(planted()).toMatchObject({ seed: 'spring/ada', round: 1, letters: drawFaults('spring/ada', 1) })
  vi.stubEnv('WORKSHOP_SEED', 'autumn')
  expect((await plantNow([])).PLANTED_SEED).toBe('autumn')
  await expect(plantNow([], { name: 'x'.repeat(100) })).rejects.toThrow('The name is too long')
})

test('unplanting removes letters and seed, and keeps when they were planted and removed', async () => {
  await plantNow([])
  const before = planted()
  await unplant(recordingTerminal(lines))
  expect(readSettings()).toMatchObject({ PLANTED_FAULTS: [], PLANTED_SEED: '' })
  const after = planted()
  expect(after).toEqual({ ...before, unplantedAt: expect.any(Number) })
  await unplant(recordingTerminal(lines))
  expect(lines.at(-1)).toContain('No fault is planted')
  expect(planted()).toEqual(after)
})

test('planting the same faults again keeps their evidence, and other faults begin anew', async () => {
  vi.stubEnv('WORKSHOP_SEED', '')
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
  onTestFinished(() => void vi.useRealTimers())
  await plantNow([], { name: 'ada' })
  vi.setSystemTime(2_000)
  await unplant(recordingTerminal(lines))
  vi.setSystemTime(3_000)
  await plantNow([])
  expect(planted()).toEqual({ seed: 'ada', round: 0, letters: drawFaults('ada'), plantedAt: 1_000 })
  await plantNow([], { next: true })
  expect(planted()).toMatchObject({ round: 1, plantedAt: 3_000 })
})

test('where planting cannot be noted, nothing is planted', async () => {
  await plantNow(['a'])
  const file = join(folder, 'workshop', 'planting.json')
  rmSync(file)
  mkdirSync(join(file, 'in the way'), { recursive: true })
  await expect(plantNow(['b'])).rejects.toMatchObject({ diagnosis: { code: 'PLANTING_UNWRITABLE' } })
  expect(readSettings().PLANTED_FAULTS).toEqual(['a'])
})
