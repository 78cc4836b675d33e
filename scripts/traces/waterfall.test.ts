import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { lensTree } from '../../analysis/trace/lens-tree.ts'
import { spanRows } from '../../analysis/trace/rows.ts'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { HOSTILE_TEXT, lensSpan, lensTrace } from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { waterfallLines } from './waterfall.ts'

const OPTIONS = { width: 80, range: { fromMs: 0, toMs: 10_000 }, limit: 100 }
const linesOf = (
  spans: readonly ReturnType<typeof lensSpan>[],
  more: Partial<Parameters<typeof waterfallLines>[1]> = {},
) => {
  const tree = lensTree(spanRows(lensTrace({ spans }), false))
  return plainText(waterfallLines(tree, { ...OPTIONS, ...more }))
    .trimEnd()
    .split('\n')
}

/** The spans that the lines stand for: rows, members of runs with what is below them, and those that are left out. */
function spansIn(lines: readonly string[]): number {
  return lines.reduce((sum, line) => {
    const number = (pattern: RegExp) => Number(pattern.exec(line)?.[1]?.replaceAll(',', '') ?? 0)
    const [members, below, more] = [
      number(/([\d,]+) × /),
      number(/, ([\d,]+) below/),
      number(/… ([\d,]+) more/),
    ]
    if (more > 0) return sum + more
    return sum + (members > 0 ? members + below : 1)
  }, 0)
}

test('10,000 different spans are bounded: the failed and the longest are shown, the rest is counted', () => {
  const spans = [
    lensSpan('root', '', [0, 10_000]),
    ...Array.from({ length: 9_999 }, (_, index) =>
      lensSpan(`span ${index}`, 'root', [index, index + 1 + (index % 97 === 0 ? 500 : 0)], {
        status: index === 7_777 ? 'ERROR' : 'UNSET',
        service: `service ${index % 3}`,
      }),
    ),
  ]
  const startedMs = ownCpuMs()
  const lines = linesOf(spans)
  expect(ownCpuMs() - startedMs).toBeLessThan(3_000)
  expect(lines.length).toBeLessThan(2 * OPTIONS.limit + 5)
  expect(lines.join('\n')).toContain('✕ span 7777')
  const rows = lines.slice(1).filter((line) => !/ · |^━/.test(line))
  expect(spansIn(rows)).toBe(10_000)
})

test('one span below the other 10,000 times is bounded too, with the depth as a number', () => {
  const spans = Array.from({ length: 10_000 }, (_, index) =>
    lensSpan(String(index), index === 0 ? '' : String(index - 1), [index / 3, 10_000 - index / 3], {
      name: `call ${index}`,
    }),
  )
  const lines = linesOf(spans)
  expect(lines.length).toBeLessThan(110)
  expect(lines[1]).toMatch(/^call 0 /)
  expect(lines[60]).toMatch(/^ +59› call 59/)
  expect(lines.at(-2)).toMatch(/… 9,900 more/)
})

test('like siblings are one line with their number, and what is below them is counted', () => {
  const spansWith = (failing?: number) => [
    lensSpan('root', '', [0, 10_000]),
    ...[0, 1, 2, 3].flatMap((index) => [
      lensSpan(`call ${index}`, 'root', [index * 2_000, index * 2_000 + 1_500], { name: 'call' }),
      lensSpan(`inner ${index}`, `call ${index}`, [index * 2_000, index * 2_000 + 100], {
        name: 'inner',
        status: index === failing ? 'ERROR' : 'UNSET',
      }),
    ]),
  ]
  const [, root, run, ...rest] = linesOf(spansWith())
  expect(root).toMatch(/^root /)
  expect(run).toMatch(/^ {2}4 × call, 4 below .* 6 s$/)
  expect(rest.join(' ')).toContain('n × like siblings')
  const ofMembers = (lines: readonly string[]) => lines.filter((line) => /^ +✕? ?(call|inner)/.test(line))
  expect(ofMembers(linesOf(spansWith(), { opensRuns: true }))).toHaveLength(8)
  // A run in which one failed is open, so that the failed one is seen.
  expect(ofMembers(linesOf(spansWith(2))).filter((line) => line.includes('✕ inner'))).toHaveLength(1)
})

test('hostile names, services and routes stay in their columns', () => {
  const spans = [
    lensSpan('root', '', [0, 100], { name: HOSTILE_TEXT, service: HOSTILE_TEXT, status: 'ERROR' }),
    lensSpan('orphan', 'gone', [0, 100], {
      name: HOSTILE_TEXT.repeat(3_000),
      service: 'b'.repeat(5_000),
      attributes: { 'db.query.text': HOSTILE_TEXT },
    }),
  ]
  for (const width of [40, 80, 200]) {
    const lines = linesOf(spans, { width, range: { fromMs: 0, toMs: 100 } })
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([])
    expect(lines.filter((line) => /[━─]{3}/.test(line))).toHaveLength(2)
    expect(lines.join('\n')).toContain('◌ its parent has not arrived')
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
  }
})
