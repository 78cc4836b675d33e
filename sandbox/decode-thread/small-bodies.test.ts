import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../tests/harness/wait-for.ts'
import { createDecodeThread } from './decode-thread.ts'

const inputOf = (spans: readonly object[]) => ({
  encoding: 'json' as const,
  body: Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })),
  classicDataset: undefined,
})
const noTurn = async () => {}

test.each([
  ['of more than 8 KiB', [{ name: 'x'.repeat(9_000) }]],
  ['of more than 100 records', Array.from({ length: 600 }, () => ({}))],
])(
  'at most four bodies %s are stored at a time, in their order; small ones are at once',
  async (_what, spans) => {
    const decoder = createDecodeThread()
    onTestFinished(() => decoder.close())
    const events: string[] = []
    const stored: (() => void)[] = []
    const medium = Array.from({ length: 6 }, (_, index) =>
      decoder.decode(
        'spans',
        inputOf(spans),
        async () => {
          events.push(`medium ${index}`)
          await new Promise<void>((resolve) => stored.push(resolve))
        },
        noTurn,
      ),
    )
    await decoder.decode('spans', inputOf([{}]), async () => events.push('small'), noTurn)
    await eventually(
      () => events.length,
      (count) => count >= 5,
    )
    await new Promise(setImmediate)
    expect(events).toEqual(['small', 'medium 0', 'medium 1', 'medium 2', 'medium 3'])
    while (stored.length > 0 || events.length < 7) {
      stored.shift()?.()
      await new Promise(setImmediate)
    }
    await Promise.all(medium)
    expect(events.slice(5)).toEqual(['medium 4', 'medium 5'])
  },
)
