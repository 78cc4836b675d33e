import type { Diagnosis } from './diagnosis.ts'

/** Why a process of the workspace ends, in the last two lines of its log. The command that has started it shows them. */
export type LoggedDiagnosis = Pick<Diagnosis, 'what' | 'fix'>

const WHAT = /^✗ (.+)$/
const FIX = /^ {2}→ (.+)$/

/** The two lines, with the line end: the process writes them to stderr before it ends. */
export function toLogLines({ what, fix }: LoggedDiagnosis): string {
  return `✗ ${what}\n  → ${fix}\n`
}

/** The last diagnosis in the lines of a log; undefined where there is none. */
export function readLogLines(lines: readonly string[]): LoggedDiagnosis | undefined {
  const at = lines.findLastIndex((line) => WHAT.test(line))
  const what = WHAT.exec(lines[at] ?? '')?.[1]
  const fix = FIX.exec(lines[at + 1] ?? '')?.[1]
  return what && fix ? { what, fix } : undefined
}
