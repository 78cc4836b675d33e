import { UserError } from '../../contracts/user-error.ts'
import { readTail } from './log-file.ts'
import type { Failure } from './state-file.ts'

/** How many lines of a log are shown with a failure or a crash. */
export const FAILURE_LINES = 10

/** A process that did not become ready. */
export class StartFailure extends Error {
  readonly failure: Failure

  constructor(name: string, reason: string, log: string) {
    super(`${name} did not start: ${reason}`)
    this.failure = {
      code: 'START_FAILED',
      message: `${name} did not start: ${reason}.`,
      fix: `The whole log is ${log} (npm run logs -- ${name}).`,
      log,
    }
  }
}

/** What a start failed with, as data for the state file. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof StartFailure) return error.failure
  if (error instanceof UserError) return { code: error.code, message: error.message, fix: error.fix }
  return {
    code: 'SUPERVISOR_FAILED',
    message: `The supervisor failed: ${error}.`,
    fix: 'npm run logs -- supervisor',
  }
}

/** The error that tells a person why a start failed, with the last lines of the log in question. */
export function failureError({ code, message, fix, log }: Failure): UserError {
  const lines = log === undefined ? [] : readTail(log, FAILURE_LINES).lines
  const shown = lines.length > 0 ? ['The last lines of its log:', ...lines.map((line) => `    ${line}`)] : []
  return new UserError({ code, what: [message, ...shown].join('\n  '), fix })
}
