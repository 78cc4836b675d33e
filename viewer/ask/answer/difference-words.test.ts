import { expect, test } from 'vitest'
import type { Difference, QueryInput } from '../../../contracts/sandbox/query.ts'
import type { Action } from '../../shell/menu.tsx'
import { barActions, barsOf, binActions, binInWords, binsOf } from './difference-words.ts'

const PLAN: Difference = {
  name: 'app.user.plan',
  type: 'string',
  score: 0.84,
  withoutColumn: { inside: 0, outside: 0.1 },
  values: [{ value: 'team', inside: 0.96, outside: 0.12 }],
  omittedValues: 0,
  histogram: null,
}
const DURATION: Difference = {
  ...PLAN,
  name: 'duration_ms',
  values: [],
  histogram: { edges: [0, 10, 20], inside: [0.25, 0.75], outside: [1, 0] },
}

/** Runs the action with this name, and returns the question that it makes. */
function chosen(name: string, actionsFor: (onChange: (next: QueryInput) => void) => Action[]): QueryInput {
  let question: QueryInput | undefined
  const actions = actionsFor((next) => {
    question = next
  })
  actions.find((action) => action.name === name)?.act()
  if (!question) throw new Error(`no "${name}" among ${actions.map((action) => action.name).join(', ')}`)
  return question
}

test('events without the column have a bar of their own', () => {
  expect(barsOf(PLAN)).toEqual([
    { value: 'team', inside: 0.96, outside: 0.12 },
    { value: null, inside: 0, outside: 0.1 },
  ])
  expect(barsOf({ ...PLAN, withoutColumn: { inside: 0, outside: 0 } })).toHaveLength(1)
})

test('a bar becomes a filter, its opposite, or a breakdown', () => {
  const [team, none] = barsOf(PLAN)
  if (!team || !none) throw new Error('no bars')
  const choose = (name: string, bar = team) =>
    chosen(name, (onChange) => barActions('app.user.plan', bar, { limit: 5 }, onChange))
  expect(choose('Filter to this').filters).toEqual([{ column: 'app.user.plan', op: '=', value: 'team' }])
  expect(choose('Exclude this').filters).toEqual([{ column: 'app.user.plan', op: '!=', value: 'team' }])
  expect(choose('Filter to this', none).filters).toEqual([{ column: 'app.user.plan', op: 'does-not-exist' }])
  expect(choose('Group by app.user.plan')).toEqual({ limit: 5, breakdowns: ['app.user.plan'] })
})

test('beside filters of which any may hold, one more would widen the question: it replaces them', () => {
  const [team] = barsOf(PLAN)
  if (!team) throw new Error('no bars')
  const filters = [
    { column: 'a', op: 'exists' as const },
    { column: 'b', op: 'exists' as const },
  ]
  const question: QueryInput = { filters, filter_combination: 'OR' }
  const name = 'Filter to this (replaces the OR filters)'
  expect(chosen(name, (onChange) => barActions('app.user.plan', team, question, onChange))).toEqual({
    filters: [{ column: 'app.user.plan', op: '=', value: 'team' }],
  })
})

test('a bin has its lower edge, and the last one its upper edge too', () => {
  const [first, last] = binsOf(DURATION)
  if (!first || !last) throw new Error('no bins')
  expect(binInWords('duration_ms', first, 'ms')).toBe('duration_ms: 0 ms to 10 ms 25 % inside, 100 % outside')
  const filtersOf = (bin: typeof first, name: string) =>
    chosen(name, (onChange) => binActions('duration_ms', bin, {}, onChange)).filters?.map(
      ({ op, value }) => `${op} ${value}`,
    )
  expect(filtersOf(first, 'Filter to this')).toEqual(['>= 0', '< 10'])
  expect(filtersOf(last, 'Filter to this')).toEqual(['>= 10', '<= 20'])
  expect(filtersOf(last, 'Only from here upwards')).toEqual(['>= 10'])
  expect(binsOf(PLAN)).toEqual([])
})
