import { expect, test } from 'vitest'
import { failingTrace } from '../../tests/harness/lens-traces.ts'
import { compare } from './compare.ts'
import type { TracesContext, TracesValues } from './context.ts'

const [A, B, C] = [
  '6b03338a3466b3a098d40d78df8756e6',
  '6b03338b91c2d7f0b1e5c6a7d8091a2b',
  '6b03338c'.padEnd(32, '1'),
]
const whole = failingTrace()

function contextOf(values: TracesValues) {
  const printed: unknown[] = []
  const traces = new Map([
    [A, whole],
    [B, { ...whole, traceId: B, segments: [] }],
    [C, { ...whole, traceId: C, spans: [] }],
  ])
  const reads = { trace: async (id: string) => traces.get(id) } as Partial<
    TracesContext['reads']
  > as TracesContext['reads']
  const print = (value: unknown) => void printed.push(value)
  const context: TracesContext = {
    reads,
    page: 'http://localhost:4318',
    values,
    width: 80,
    print,
    printJson: print,
  }
  return { context, printed }
}

test('--json has the sentences, the paths with their changes, and the link', async () => {
  const { context, printed } = contextOf({ json: true })
  await compare(A, B, context)
  expect(printed).toMatchObject([
    {
      url: `http://localhost:4318/compare?a=${A}&b=${B}&lens=honeycomb`,
      lens: 'honeycomb',
      summary: ['A and B took about as long: 200 ms and 200 ms.', 'No difference on 5 paths.'],
      paths: [{ name: 'GET /api/activities/home', changes: [] }, {}, {}, {}, { a: { count: 12 } }],
    },
  ])
  expect(() => JSON.stringify(printed)).not.toThrow()
})

test.each([
  ['one trace twice', A, A, {}, 'SAME_TRACE'],
  ['a lens that one has not', A, B, { lens: 'xray' }, 'NOT_COMPARABLE'],
  ['no lens in common', B, C, {}, 'NOT_COMPARABLE'],
  ['a lens without paths', A, B, { lens: 'rollbar' }, 'USAGE'],
])('%s is an error with its fix', async (_name, a, b, values, code) => {
  await expect(compare(a, b, contextOf(values).context)).rejects.toMatchObject({
    code,
    fix: expect.stringContaining(' '),
  })
})
