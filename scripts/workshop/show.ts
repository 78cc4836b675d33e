import type { Terminal } from '../command-line/terminal.ts'
import type { Standing } from './progress.ts'

const MARKS = { passed: '✓', earlier: '●', open: '○' } as const

/** All chapters, and what comes next. */
export function showProgress(standings: readonly Standing[], terminal: Terminal): void {
  terminal.heading('Workshop')
  for (const { chapter, state, at } of standings) {
    const number = String(chapter.number).padStart(2)
    const note = state === 'earlier' ? `  passed at ${at?.slice(0, 16).replace('T', ' ')} UTC` : ''
    terminal.line(`  ${MARKS[state]} ${number}  ${chapter.title}${terminal.dim(note)}`)
  }
  terminal.line(terminal.dim('  ✓ its evidence is there  ● it passed, and its evidence is gone  ○ not yet'))
  const next = standings.find(({ state }) => state === 'open')
  if (!next) {
    terminal.line('\nEvery chapter has passed.')
    return
  }
  const { chapter, result } = next
  terminal.heading(`Next: chapter ${chapter.number}, workshop/${chapter.folder}/README.md`)
  if (!result.passed) terminal.line(`  ${result.diagnosis.what}\n  → ${result.diagnosis.fix}`)
}

/** One chapter's check. */
export function showResult({ chapter, result }: Standing, terminal: Terminal): void {
  terminal.heading(`Chapter ${chapter.number}: ${chapter.title}`)
  for (const line of result.evidence) terminal.line(`  saw ${line}`)
  if (result.passed) terminal.done('Passed.')
  else terminal.fail(result.diagnosis.what, result.diagnosis.fix)
}
