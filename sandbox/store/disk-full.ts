import { UserError } from '../../contracts/user-error.ts'
import { HttpError } from '../http/http-error.ts'

/** The system's refusal to write: SQLITE_IOERR, and SQLITE_FULL. Source: https://www.sqlite.org/rescode.html */
const DISK_ERRORS = new Set([10, 13])
const SAY_EVERY_MS = 60_000

export function isDiskError(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // An extended code has the primary one in its lowest byte.
  return DISK_ERRORS.has(Number(error.errcode) & 0xff)
}

/** The last time that the disk took nothing. */
export interface DiskRefusal {
  readonly at: string
  readonly message: string
}

/**
 * Makes a 503, which exporters send again later, of what the disk refuses to take, and any other error stays as it is.
 * `say` is told at most once a minute.
 */
export function createDiskFull(file: string, say: (error: UserError) => void) {
  let saidMs = Number.NEGATIVE_INFINITY
  let last: DiskRefusal | undefined
  return {
    last: () => last,
    toHttpError(error: unknown): unknown {
      if (!isDiskError(error)) return error
      const why = error instanceof Error ? error.message : String(error)
      const message = `the sandbox cannot write to its disk (${why})`
      last = { at: new Date().toISOString(), message }
      if (Date.now() - saidMs >= SAY_EVERY_MS) {
        saidMs = Date.now()
        const fix = 'Make room on its disk; until then what is sent is answered 503.'
        say(
          new UserError(
            { code: 'DISK_FULL', what: `${file} cannot be written (${why}).`, fix },
            { cause: error },
          ),
        )
      }
      return new HttpError(503, message, { cause: error })
    },
  }
}
