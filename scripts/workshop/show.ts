import type { ChapterResult } from '../../workshop/chapter.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { Standing, Standings } from './progress.ts'
import { showSummary } from './summary.ts'

const MARKS = { passed: '✓', earlier: '●', open: '○', optional: '-' } as const
const LEGEND = {
  passed: '✓ passed',
  earlier: '● passed earlier',
  open: '○ not yet',
  optional: '- optional',
} as const

/** All chapters, and what comes next. */
export function showProgress(standings: Standings, terminal: Terminal): void {
  const { chapters, warnings } = standings
  terminal.heading('Workshop')
  for (const { chapter, state, at } of chapters) {
    const number = String(chapter.number).padStart(2)
    const note = state === 'earlier' ? `  ${at?.slice(0, 16).replace('T', ' ')} UTC` : ''
    terminal.line([`  ${MARKS[state]} ${number}  ${chapter.title}`, terminal.dim(note)])
  }
  const seen = new Set(chapters.map(({ state }) => state))
  const legend = (Object.keys(LEGEND) as (keyof typeof LEGEND)[]).filter((state) => seen.has(state))
  terminal.line(terminal.dim(`  ${legend.map((state) => LEGEND[state]).join('  ')}`))
  for (const warning of warnings) terminal.warn(warning)
  const next = chapters.find(({ state }) => state === 'open')
  if (!next) {
    showSummary(standings, terminal)
    return
  }
  const { chapter, result } = next
  terminal.heading(`Next: chapter ${chapter.number}, workshop/${chapter.folder}/README.md`)
  if (result.missing) {
    const { what, fix } = result.missing.diagnosis
    terminal.line(`  ${what}\n  → ${fix}`)
  }
}

/** One chapter's check: each condition with what was seen, and what is missing. */
export function showResult({ chapter, result, state, at }: Standing, terminal: Terminal): void {
  terminal.heading(`Chapter ${chapter.number}: ${chapter.title}`)
  for (const one of result.met) showMet(one, terminal)
  const { missing } = result
  if (!missing) {
    terminal.line()
    terminal.line('Passed.')
    return
  }
  const { name, diagnosis } = missing
  terminal.fail(`${name}: ${diagnosis.what}`, diagnosis.fix)
  for (const later of chapter.conditions.slice(result.met.length + 1))
    terminal.line(terminal.dim(`○ ${later}`))
  if (state === 'earlier') {
    terminal.line()
    terminal.line(terminal.dim(`It passed at ${at?.slice(0, 16).replace('T', ' ')} UTC, which counts.`))
  }
}

/** A condition that is met; one that could not be judged has no tick. */
export function showMet({ name, saw, isChecked }: ChapterResult['met'][number], terminal: Terminal): void {
  if (isChecked) terminal.done(`${name}: ${saw}`)
  else terminal.line(terminal.dim(`- ${name}: ${saw}`))
}
