import { expect, test } from 'vitest'
import { drawFaults, FAULTS, isActive, isInCohort, planFaults, ROUNDS } from './planted-faults.ts'

const SEEDS = Array.from({ length: 200 }, (_, index) => `class/${index}`)
const ALL = [...FAULTS]

test('a seed always plants the same, whichever letters are planted with it', () => {
  for (const seed of SEEDS) {
    const all = planFaults(ALL, seed)
    expect(planFaults(ALL, seed)).toEqual(all)
    for (const letter of ALL)
      expect(planFaults([letter], seed)).toEqual(all.filter((one) => one.letter === letter))
  }
})

test('learners have different faults: places, users, times and names', () => {
  for (const letter of ALL) {
    const plans = SEEDS.map((seed) => JSON.stringify(planFaults([letter], seed)))
    expect(new Set(plans).size).toBeGreaterThan(letter === 'd' ? 3 : 20)
  }
})

test('the rounds of a seed have every kind once; the first has a fault that is bound to attributes and one that is not', () => {
  for (const seed of SEEDS) {
    const rounds = Array.from({ length: ROUNDS }, (_, round) => drawFaults(seed, round))
    expect(rounds.map(({ length }) => length)).toEqual([3, 3, 2])
    expect(rounds.flat().toSorted()).toEqual(ALL)
    expect(drawFaults(seed, ROUNDS)).toEqual(rounds[0])
    const bound = planFaults(rounds[0] ?? [], seed).filter(({ cohort }) => cohort)
    expect(bound.length).toBeGreaterThan(0)
    expect(bound.length).toBeLessThan(3)
  }
})

test('many kinds can be bound to attributes, and such a fault is on every route', () => {
  const bound = SEEDS.flatMap((seed) => planFaults(ALL, seed)).filter(({ cohort }) => cohort)
  expect([...new Set(bound.map(({ letter }) => letter))].toSorted()).toEqual(['a', 'b', 'd', 'e', 'f', 'h'])
  expect(new Set(bound.map(({ route }) => route))).toEqual(new Set([undefined]))
})

test('within any 60 seconds a fault is in action for at least 20, and out of action for at least 20; d always is', () => {
  for (const fault of SEEDS.slice(0, 20).flatMap((seed) => planFaults(ALL, seed))) {
    for (let start = 0; start < 40; start++) {
      const seconds = Array.from({ length: 60 }, (_, second) =>
        isActive(fault, 1_790_000_000_000 + (start + second) * 1000),
      )
      const on = seconds.filter(Boolean).length
      expect(on).toBeGreaterThanOrEqual(20)
      expect(60 - on).toBeGreaterThanOrEqual(fault.letter === 'd' ? 0 : 20)
    }
  }
})

test('without a seed a fault is as the README and the pictures show it, and in action all the time', () => {
  const plan = new Map(planFaults(ALL, '').map((fault) => [fault.letter, fault]))
  expect(plan.get('b')).toMatchObject({ route: '/api/activities/home', cohort: undefined })
  expect(plan.get('d')?.cohort).toEqual({
    'app.user.plan': 'team',
    'app.user.region': 'ap-south',
    'app.client.version': '2.4.0',
  })
  for (const fault of plan.values())
    expect([0, 9_000, 19_000].map((ms) => isActive(fault, ms))).not.toContain(false)
})

test('a request is in the cohort with all of its attributes', () => {
  const cohort = { 'app.user.plan': 'team', 'app.user.region': 'ap-south' }
  expect(isInCohort({ cohort }, { ...cohort, 'user.id': 'maya' })).toBe(true)
  expect(isInCohort({ cohort }, { ...cohort, 'app.user.region': 'us-east' })).toBe(false)
  expect(isInCohort({ cohort: undefined }, {})).toBe(true)
})
