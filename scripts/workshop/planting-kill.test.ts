import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { recordingTerminal } from '../../tests/harness/processes.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { findInterruption } from '../../workshop/09-find-it/interruption.ts'
import { readPlanting } from './planting-record.ts'

/** So many steps are still done before the process is killed. */
let stepsLeft: number
/** Which faults the backend has, with their seed. */
let running: string

function step() {
  if (stepsLeft-- <= 0) throw new Error('killed')
}

let planting: typeof import('./planting.ts')

/** Loads the commands again, with steps that can be the last one: a worker has loaded their modules for other files. */
beforeAll(async () => {
  vi.doMock('../machine/atomic-file.ts', async (original) => {
    const { writeFileAtomically } = await original<typeof import('../machine/atomic-file.ts')>()
    return {
      writeFileAtomically(...given: Parameters<typeof writeFileAtomically>) {
        step()
        writeFileAtomically(...given)
      },
    }
  })
  vi.doMock('./restart.ts', () => ({
    async restartIfRunning() {
      step()
      running = wanted()
      step()
    },
  }))
  vi.resetModules()
  planting = await import('./planting.ts')
})

afterAll(() => {
  vi.doUnmock('../machine/atomic-file.ts')
  vi.doUnmock('./restart.ts')
  vi.resetModules()
})

beforeEach(() => {
  const folder = temporaryFolder()
  vi.stubEnv('WORKSPACE_ENV_FILE', join(folder, '.env'))
  vi.stubEnv('WORKSPACE_STATE_DIR', folder)
  vi.stubEnv('WORKSHOP_SEED', '')
  stepsLeft = Number.POSITIVE_INFINITY
  running = ''
})

const terminal = () => recordingTerminal([])
const name = (letters: readonly string[], seed: string) =>
  letters.length === 0 ? '' : `${letters} of ${seed}`
const wanted = () => name(readSettings().PLANTED_FAULTS, readSettings().PLANTED_SEED)
const recorded = () => {
  const record = readPlanting(readSettings())
  return record === undefined ? '' : name(record.letters, record.seed)
}
const fix = () => {
  const { PLANTED_FAULTS: plantedFaults, PLANTED_SEED: plantedSeed } = readSettings()
  return findInterruption({ plantedFaults, plantedSeed }, readPlanting(readSettings()))?.fix
}

const byLetter = () => planting.plant(['a', 'd', 'e'], {}, terminal())
const drawn = () => planting.plant([], { name: 'ada' }, terminal())
const next = () => planting.plant([], { next: true }, terminal())
const again = () => planting.plant([], {}, terminal())
const remove = () => planting.unplant(terminal())

test.each<[string, readonly (() => Promise<void>)[], () => Promise<void>]>([
  ['the first planting', [], drawn],
  ['the first planting by letter', [], byLetter],
  ['a draw after letters', [byLetter], drawn],
  ['letters after a draw', [drawn], byLetter],
  ['the next round', [drawn], next],
  ['another learner’s faults after a removal', [byLetter, remove], drawn],
  ['the same faults after a removal', [drawn, remove], again],
  ['a removal', [drawn], remove],
])(
  'killed at any step of %s, nothing is judged by other faults, and the command completes it',
  async (_what, before, command) => {
    const repaired = new Set<string>()
    for (let steps = 0; ; steps++) {
      vi.stubEnv('WORKSPACE_STATE_DIR', temporaryFolder())
      vi.stubEnv('WORKSPACE_ENV_FILE', join(temporaryFolder(), '.env'))
      running = ''
      stepsLeft = Number.POSITIVE_INFINITY
      for (const earlier of before) await earlier()
      stepsLeft = steps
      const isKilled = await command().then(
        () => false,
        () => true,
      )
      stepsLeft = Number.POSITIVE_INFINITY
      const at = `after ${steps} steps`
      const advice = fix()
      if (advice === undefined) expect(['', recorded()], at).toContain(running)
      if (!isKilled) {
        expect([advice, running], at).toEqual([undefined, wanted()])
        expect(steps).toBeGreaterThan(3)
        expect([...repaired]).toEqual([running])
        return
      }
      if (advice !== undefined)
        await planting.plant(
          /plant ((?:[a-h] )*)/.exec(advice)?.[1]?.split(' ').filter(Boolean) ?? [],
          {},
          terminal(),
        )
      else await command()
      expect([fix(), running], at).toEqual([undefined, wanted()])
      const { plantedAt, unplantedAt } = readPlanting(readSettings()) ?? {}
      expect([plantedAt !== undefined, unplantedAt !== undefined], at).toEqual([true, command === remove])
      expect(['', recorded()], at).toContain(running)
      repaired.add(running)
    }
  },
)
