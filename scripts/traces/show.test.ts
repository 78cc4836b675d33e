import { expect, test } from 'vitest'
import { failingTrace } from '../../tests/harness/lens-traces.ts'
import type { TracesContext } from './context.ts'
import { show } from './show.ts'

test('--span shows the records of the chosen lens, else those of both', async () => {
  const trace = failingTrace()
  const [segment] = trace.segments
  const found = async (lens?: string) => {
    const printed: unknown[] = []
    const context = {
      reads: { trace: async () => trace, providers: async () => undefined },
      page: '',
      values: { span: segment?.id, lens, json: true },
      width: 80,
      print: () => {},
      printJson: (value: unknown) => printed.push(value),
    } as unknown as TracesContext
    await show(trace.traceId, context)
    const [{ spans, segments }] = printed as [{ spans: object[]; segments: object[] }]
    return [spans.length, segments.length]
  }
  expect(await found()).toEqual([1, 1])
  expect(await found('xray')).toEqual([0, 1])
  expect(await found('honeycomb')).toEqual([1, 0])
})
