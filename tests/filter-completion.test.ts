import { expect, test } from 'vitest'
import type { FilterTerms } from '../contracts/sandbox/xray-filter.ts'
import { FilterError } from '../sandbox/xray/filter/lexer.ts'
import { parseFilter } from '../sandbox/xray/filter/parser.ts'
import { createRandom } from '../scripts/load/random.ts'
import { completeXRayFilter } from '../viewer/requests/xray/completion.ts'
import { whatFollows } from '../viewer/requests/xray/grammar.ts'
import { tokensOf } from '../viewer/requests/xray/tokens.ts'
import { scaled } from './harness/scale.ts'

const TERMS: FilterTerms = {
  groups: [{ name: 'slow', arn: 'arn:aws:xray:us-east-1:0:group/slow/A', filter: '' }],
  services: [
    { name: 'api', type: 'AWS::EC2::Instance' },
    { name: 'the "db" \\ main', type: null },
  ],
  edges: [['api', 'the "db" \\ main']],
  annotations: [
    { key: 'plan', values: ['free', '"pro"'] },
    { key: 'age', values: [29, -1.5, 1e21] },
    { key: 'vip', values: [true] },
    { key: 'plan.type', values: ['x', 1, false] },
    { key: 'a-b', values: [] },
    { key: '1st', values: [1] },
  ],
  values: { 'http.method': ['GET'], 'http.status': [200], user: ['m'] },
  traces: 1,
}

test('whatever is taken of the completions, the parser reads as an expression or as the beginning of one', () => {
  const random = createRandom(15)
  let complete = 0
  for (let walk = 0; walk < scaled(300, 1_500); walk++) {
    let text = ''
    for (let step = 0; step < 12; step++) {
      // Sometimes the first letter has been typed.
      const { options } = completeXRayFilter(text, text.length, TERMS)
      const option = options[Math.floor(random() * options.length)]
      if (!option) break
      const typed = random() < 0.3 && /\s$|^$/.test(text) ? text + option.label[0] : text
      const completion = completeXRayFilter(typed, typed.length, TERMS)
      const same = completion.options.find(({ label }) => label === option.label)
      if (!same) continue
      text = typed.slice(0, completion.from) + same.insert + typed.slice(completion.to)
      const end = errorPositionOf(text)
      // The completion service(…) begins a string.
      const unfinished = text.endsWith('("') ? text.length - 1 : text.length
      expect([text, end ?? unfinished]).toEqual([text, unfinished])
      const follows = whatFollows(tokensOf(text))
      const isComplete = follows.kind === 'after' && follows.closer === undefined
      expect([text, end === undefined]).toEqual([text, isComplete])
      if (isComplete) complete++
    }
  }
  expect(complete).toBeGreaterThan(scaled(200, 1_000))
})

function errorPositionOf(text: string): number | undefined {
  try {
    parseFilter(text)
    return undefined
  } catch (error) {
    if (error instanceof FilterError) return error.position
    throw error
  }
}
