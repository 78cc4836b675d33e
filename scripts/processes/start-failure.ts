import { constants } from 'node:os'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { type LoggedDiagnosis, readLogLines } from '../../contracts/logged-diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Exit } from '../../contracts/workspace-state.ts'
import { plainLine } from '../command-line/plain-line.ts'
import { readTail } from './log-files.ts'

const SHOWN_LINES = 10
const SHOWN_CHARACTERS = 300
/** Of a diagnosis, whose fix may have a command with several paths. */
const DIAGNOSIS_CHARACTERS = 2_000
/** Enough to find the error above its stack. */
const READ_LINES = 60
/** A frame of Node's own code: a dozen of them would hide the error's message and place. */
const NODE_FRAME = /^\s+at .*\(?node:/

/** The end of a log, shown with a failure or a crash: without empty lines and Node's own frames, each line cut short. */
export function readFailure(log: string): string[] {
  return readTail(log, READ_LINES)
    .filter((line) => line.trim() !== '' && !NODE_FRAME.test(line))
    .slice(-SHOWN_LINES)
    .map((line) => {
      const most = /^(✗| {2}→) /.test(line) ? DIAGNOSIS_CHARACTERS : SHOWN_CHARACTERS
      return line.length > most ? `${line.slice(0, most)}…` : line
    })
}

/** The line of a log with which a run begins (log-files.ts). */
const RUN_BEGINS = /^── \S+ \S+ starts ──$/
/** Node's last line after an error that nothing caught. */
const NODE_ENDS = /^Node\.js v\d/
const ERROR = /^(Uncaught )?\w*(Error|Exception)\b.*/
/** Our own processes write ✗ and exit. Node and Go write the others when memory runs out, or the program is wrong. */
const FATAL = /^(✗ |FATAL ERROR:|fatal error:|panic:)/

/**
 * The error with which the last run of a process ended, in the last lines of its log. Undefined where there is none, as
 * after kill -9: the last line says nothing about the end then.
 */
export function findFatalError(lines: readonly string[]): string | undefined {
  const run = lastRun(lines)
  const fatal = run.findLast((line) => FATAL.test(line))
  if (fatal) return fatal
  return run.some((line) => NODE_ENDS.test(line)) ? run.findLast((line) => ERROR.test(line)) : undefined
}

function lastRun(lines: readonly string[]): readonly string[] {
  return lines.slice(lines.findLastIndex((line) => RUN_BEGINS.test(line)) + 1)
}

/**
 * Why the last run of one of our own processes ended, as it says itself (toLogLines), at the end of its log. A process that
 * a signal has ended says nothing about it: the last lines are older then.
 */
export function findDiagnosis(lines: readonly string[], exit?: Exit): LoggedDiagnosis | undefined {
  const found = exit?.signal ? undefined : readLogLines(lastRun(lines))
  return found && { what: plainLine(found.what), fix: plainLine(found.fix) }
}

/** A process that did not become ready: the reason that its log ends with, or else `reason`. */
export class StartFailure extends UserError {
  readonly #log: string
  readonly #hasDiagnosis: boolean

  constructor(name: string, reason: string, log: string) {
    const diagnosis = findDiagnosis(readFailure(log))
    super({
      code: 'START_FAILED',
      what: `${name} did not start: ${diagnosis?.what ?? `${reason}.`}`,
      fix: diagnosis?.fix ?? `The whole log is ${log} (npm run logs -- ${name}).`,
    })
    this.#log = log
    this.#hasDiagnosis = diagnosis !== undefined
  }

  /** The error with the last lines of the log, which stay out of the state file because they may hold secrets. */
  withLog(): UserError {
    if (this.#hasDiagnosis) return this
    const lines = readFailure(this.#log).map((line) => `    ${line}`)
    if (lines.length === 0) return this
    const what = [this.message, 'The last lines of its log:', ...lines].join('\n  ')
    return new UserError({ ...this.diagnosis, what }, { cause: this })
  }
}

/** The error of a start that was asked to end. */
export function stoppedError(): UserError {
  return new UserError({
    code: 'START_STOPPED',
    what: 'The processes were stopped while they were starting.',
    fix: 'npm run setup',
  })
}

/** Why a start failed, for the state file. */
export function describeFailure(error: unknown): Diagnosis {
  if (error instanceof UserError) return error.diagnosis
  return { code: 'START_FAILED', what: `The start failed: ${error}.`, fix: 'npm run doctor' }
}

/** Exit codes. Sources: https://nodejs.org/api/process.html#exit-codes, and bash(1), EXIT STATUS: 128 + signal. */
const REASONS: Readonly<Record<number, string>> = {
  1: 'an error that nothing caught',
  9: 'an argument that node does not know',
  13: 'a promise at the top level that was never settled',
  130: 'interrupted',
  134: 'aborted, perhaps out of memory',
  137: 'killed by a person, or by the system for want of memory',
  139: 'a segmentation fault',
  143: 'asked to end',
}

/** How a process ended, in words: `exit code 1 (an error that nothing caught)`. `lines`: the end of its log. */
export function describeExit(exit: Exit, lines: readonly string[] = []): string {
  const { code, signal } = exit
  if (findDiagnosis(lines, exit)) return `exit code ${code}`
  const number = code ?? 128 + constants.signals[signal as NodeJS.Signals]
  const reason = REASONS[number]
  return `${signal ? `signal ${signal}` : `exit code ${code}`}${reason ? ` (${reason})` : ''}`
}

/** How a process ended, in words, where only the last lines of its log can tell. */
export function describeUnknownExit(lines: readonly string[]): string {
  return findFatalError(lines)
    ? 'the end of its log has the error'
    : 'its log has no error: perhaps killed by a signal (kill, kill -9) or for want of memory'
}
