import { expect, test } from 'vitest'
import type { Planting } from '../../contracts/planting.ts'
import { findInterruption } from './interruption.ts'
import { judge, name, PLANTED_AT, SICK } from './test-requests.ts'

const done: Planting = { letters: ['a', 'd', 'g'], seed: 'ada', round: 0, plantedAt: PLANTED_AT }
const asDone = { plantedFaults: done.letters, plantedSeed: 'ada' }
const nothing = { plantedFaults: [], plantedSeed: '' }
const removed = { ...done, unplantedAt: PLANTED_AT + 1 }

test.each<[string, { plantedFaults: readonly string[]; plantedSeed: string }, Planting | undefined]>([
  ['before the first planting', nothing, undefined],
  ['planted', asDone, done],
  ['removed', nothing, removed],
  ['planting that was interrupted, and removed', nothing, { ...removed, plantedAt: undefined }],
  ['a removal that was interrupted before its restart', nothing, done],
])('%s: nothing was interrupted', (_what, settings, planting) => {
  expect(findInterruption(settings, planting)).toBeUndefined()
})

test.each<[string, { plantedFaults: readonly string[]; plantedSeed: string }, Planting | undefined]>([
  ['before .env', nothing, { ...done, plantedAt: undefined }],
  ['before the restart', asDone, { ...done, plantedAt: undefined }],
  ['as other faults are still set', { plantedFaults: ['b'], plantedSeed: 'ada' }, done],
  ['as another seed is set', { ...asDone, plantedSeed: 'bo' }, done],
  ['as the same faults are planted again', asDone, removed],
  ['without a record', asDone, undefined],
])('interrupted %s: the check asks for the command', (_what, settings, planting) => {
  expect(findInterruption(settings, planting)?.fix).toMatch(/^npm run workshop -- plant( plants|$)/)
})

test('the faults of an interrupted planting judge no answer', async () => {
  const planting = () => ({ ...done, seed: '', plantedAt: undefined })
  const text = await judge(name('slow-query', 'culprit'), { spans: SICK['slow-query'], planting })
  expect(text).toContain('Planting was interrupted')
  expect(text).toContain('"fix":"npm run workshop -- plant a d g plants them again, and your answers stay"')
  expect(text).toContain('"met":[]')
})
