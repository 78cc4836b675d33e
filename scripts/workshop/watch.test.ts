import { expect, test } from 'vitest'
import type { ChapterResult } from '../../workshop/chapter.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { createTicker } from './watch.ts'

function result(met: readonly string[], what?: string): ChapterResult {
  const missing = { name: 'next', diagnosis: { code: 'NOT_YET', what: what ?? '', fix: 'do it' } }
  return {
    passed: what === undefined,
    met: met.map((name) => ({ name, saw: 'seen', isChecked: true })),
    ...(what !== undefined && { missing }),
    traceIds: [],
  }
}

/** What is printed for these results, a second apart each. */
function printed(results: readonly ChapterResult[]): string[] {
  const lines: string[] = []
  let seconds = 0
  const terminal = {
    ...silentTerminal(),
    line: (text = '') => void lines.push(text),
    done: (text: string) => void lines.push(`✓ ${text}`),
  }
  const show = createTicker(terminal, () => 1_000 * seconds)
  for (const one of results) {
    show(one)
    seconds++
  }
  return lines
}

test('each condition is ticked once, and what is missing is printed once', () => {
  const waiting = result(['one'], 'none came')
  expect(printed([waiting, waiting, result(['one', 'next']), result(['one', 'next'])])).toEqual([
    '✓ one: seen',
    '○ next: none came\n  → do it',
    '✓ next: seen',
  ])
})

test('a condition that is no longer met is printed, and ticked again', () => {
  expect(printed([result(['next']), result([], 'gone'), result(['next'])])).toEqual([
    '✓ next: seen',
    '○ next: gone\n  → do it',
    '✓ next: seen',
  ])
})

test('numbers that change with each request are printed every ten seconds only', () => {
  const counts = Array.from({ length: 22 }, (_, index) => result([], `${100 + index} came`))
  expect(printed(counts)).toEqual([100, 110, 120].map((count) => `○ next: ${count} came\n  → do it`))
})
