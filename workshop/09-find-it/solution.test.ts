import { expect, test } from 'vitest'
import { drawFaults, planFaults } from '../../contracts/planted-faults.ts'
import { describeSolution } from './solution.ts'

test.each(['ada', 'bo', 'class-7'])(
  'the first part of the solution names kinds, the second places: %s',
  (seed) => {
    const letters = [0, 1, 2].flatMap((round) => drawFaults(seed, round))
    const { hints = [], whole = [] } = describeSolution({ letters, seed, round: 0, plantedAt: 0 }) ?? {}
    for (const { kind, culprit, route, cohort = {} } of planFaults(letters, seed)) {
      const [hint, place] = [hints, whole].map((lines) => lines.find((line) => line.startsWith(`${kind}: `)))
      const answer = culprit.statement?.slice(0, 40) ?? culprit.path ?? culprit.name ?? ''
      expect(place).toContain(answer)
      if (culprit.as !== 'span') expect(hint).not.toContain(answer)
      for (const words of [route, ...Object.values(cohort)].flatMap((value) =>
        value ? String(value) : [],
      )) {
        expect(place).toContain(words)
        expect(hint).not.toContain(words)
      }
    }
  },
)

test('without a planting there is no solution', () => {
  expect(describeSolution(undefined)).toBeUndefined()
})
