import { safeText } from './control-characters.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Why a process of the workspace ends, in the last two lines of its log. The command that has started it shows them. */
export type LoggedDiagnosis = Pick<Diagnosis, 'what' | 'fix'>

const WHAT = /^✗ (.+)$/
const FIX = /^ {2}→ (.+)$/

/**
 * The two lines, with the line end: the process writes them to stderr before it ends. Control characters and line ends
 * become spaces: both texts may quote a path or the text of a sender.
 */
export function toLogLines({ what, fix }: LoggedDiagnosis): string {
  return `✗ ${toLine(what)}\n  → ${toLine(fix)}\n`
}

/**
 * The diagnosis in the last two lines of a log; undefined where they are none. One further up is of an error that the
 * process has survived: the sandbox writes one for a full disk, once a minute.
 */
export function readLogLines(lines: readonly string[]): LoggedDiagnosis | undefined {
  const what = WHAT.exec(lines.at(-2) ?? '')?.[1]
  const fix = FIX.exec(lines.at(-1) ?? '')?.[1]
  return what && fix ? { what, fix } : undefined
}

function toLine(text: string): string {
  return safeText(text).replaceAll('\n', ' ')
}
