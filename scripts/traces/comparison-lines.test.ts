import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { compareTraces } from '../../analysis/compare/comparison.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { failingTrace, HOSTILE_TEXT, lensSpan, lensTrace } from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { type ComparisonOptions, comparisonLines } from './comparison-lines.ts'

const IDS = { a: '6b03338a3466b3a098d40d78df8756e6', b: '6b03338b91c2d7a098d40d78df8756e7' }

/** The failing request as it is when nothing is wrong: one query instead of twelve. */
function goodTrace(): TraceLenses {
  const { spans } = failingTrace()
  const shorter = spans
    .filter(({ id }) => !/^query([1-9]|1\d)$/.test(id))
    .map((span) => ({
      ...span,
      status: 'UNSET',
      endMs: ['home', 'query0'].includes(span.id) ? span.endMs : span.endMs - 100,
      attributes: { ...span.attributes, ...(span.id === 'root' && { 'http.response.status_code': 200 }) },
    }))
  return lensTrace({ spans: shorter })
}

function textOf(a: TraceLenses, b: TraceLenses, more: Partial<ComparisonOptions> = {}): string {
  return plainText(
    comparisonLines(IDS, compareTraces(a, b, 'honeycomb'), { width: 100, limit: 100, ...more }),
  )
}

test.each([60, 100])('a comparison at %i columns', async (width) => {
  await expect(textOf(goodTrace(), failingTrace(), { width })).toMatchFileSnapshot(
    `golden/comparison-${width}.txt`,
  )
})

test('paths without a change are left out on demand, and counted', () => {
  expect(textOf(goodTrace(), failingTrace(), { onlyChanges: true })).toContain('… 1 path without a change')
  expect(textOf(goodTrace(), goodTrace())).toContain('No difference on 5 paths.')
})

test('5,000 paths are bounded: the largest differences are shown, the rest is counted', () => {
  const wide = (slower: number) =>
    lensTrace({
      spans: [
        lensSpan('root', '', [0, 10_000]),
        ...Array.from({ length: 5_000 }, (_, index) =>
          lensSpan(`id${index}`, 'root', [index, index + (index === slower ? 900 : 1)], {
            name: `step ${'x'.repeat(index % 7)} ${String.fromCodePoint(0x4e00 + index)}`,
          }),
        ),
      ],
    })
  const lines = textOf(wide(-1), wide(4_321)).split('\n')
  expect(lines.length).toBeLessThan(220)
  expect(lines.join('\n')).toContain(String.fromCodePoint(0x4e00 + 4_321))
  const hidden = lines.flatMap((line) => /… ([\d,]+) more paths?/.exec(line)?.[1]?.replace(',', '') ?? [])
  expect(hidden.reduce((sum, text) => sum + Number(text), 0)).toBe(5_001 - 100)
})

test.each([40, 80, 200])('no line is longer than %i columns, whatever was sent', (width) => {
  const hostile = (trace: TraceLenses) => ({
    ...trace,
    spans: trace.spans.map((span) => ({
      ...span,
      name: HOSTILE_TEXT,
      service: `${HOSTILE_TEXT}${span.service}`,
      attributes: { [HOSTILE_TEXT]: `${HOSTILE_TEXT}${span.endMs}` },
    })),
  })
  const text = textOf(hostile(goodTrace()), hostile(failingTrace()), { width })
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
  expect(text.split('\n').filter((line) => stringWidth(line) > width)).toEqual([])
})
