import { UserError } from '../../contracts/user-error.ts'
import type { Exit, WorkspaceState } from '../../contracts/workspace-state.ts'
import { readTail } from './log-file.ts'

/** How many lines of a log are shown with a failure or a crash. */
export const FAILURE_LINES = 10

type Failure = NonNullable<WorkspaceState['failure']>

/** A process that did not become ready. */
export class StartFailure extends Error {
  readonly failure: Failure

  constructor(name: string, reason: string, log: string) {
    super(`${name} did not start: ${reason}.`)
    this.failure = {
      code: 'START_FAILED',
      what: this.message,
      fix: `The whole log is ${log} (npm run logs -- ${name}).`,
      log,
    }
  }

  /** For a person, with the last lines of the log; without them where the log has just been shown. */
  toUserError({ withLog }: { readonly withLog: boolean }): UserError {
    const { code, what, fix, log } = this.failure
    const lines = withLog && log ? readTail(log, FAILURE_LINES).lines : []
    const shown =
      lines.length > 0 ? ['The last lines of its log:', ...lines.map((line) => `    ${line}`)] : []
    return new UserError({ code, what: [what, ...shown].join('\n  '), fix }, { cause: this })
  }
}

/** What a start failed with, for the state file. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof StartFailure) return error.failure
  if (error instanceof UserError) return error.diagnosis
  return { code: 'START_FAILED', what: `The start failed: ${error}.`, fix: 'npm run doctor' }
}

/** Sources: https://nodejs.org/api/process.html#exit-codes, and bash(1), EXIT STATUS. */
const CODES: Readonly<Record<number, string>> = {
  1: 'an error that nothing caught',
  9: 'an argument that node does not know',
  13: 'a promise at the top level that was never settled',
  126: 'the program may not be executed',
  127: 'the program was not found',
  130: 'interrupted',
  134: 'aborted, perhaps out of memory',
  137: 'killed, perhaps for want of memory',
  139: 'a segmentation fault',
  143: 'asked to end',
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'by a person, or by the system for want of memory',
  SIGSEGV: 'a segmentation fault',
  SIGABRT: 'aborted, perhaps out of memory',
  SIGTERM: 'asked to end',
  SIGINT: 'interrupted',
}

/** How a process ended, in words: `exit code 127 (the program was not found)`. */
export function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return withReason(`signal ${signal}`, SIGNALS[signal])
  if (code === null) return 'an unknown end'
  return withReason(`exit code ${code}`, CODES[code])
}

function withReason(what: string, reason: string | undefined): string {
  return reason ? `${what} (${reason})` : what
}
