import type { ForeignPage, HttpErrorCount } from '../../contracts/sandbox/health.ts'
import type { HttpError } from '../http/answer.ts'
import { ForeignPageError } from '../http/guard.ts'
import type { RequestHead } from '../http/router.ts'
import { isForXRay } from '../xray/otlp-receiver.ts'

const MAX_REASONS = 60
const MAX_ORIGINS = 5

/** The paths of X-Ray's operations begin with a capital letter. */
const PATHS: readonly (readonly [RegExp, HttpErrorCount['provider']])[] = [
  [/^\/(v1|1|opentelemetry\.[\w.]+)\//, 'honeycomb'],
  [/^\/api\/1\//, 'rollbar'],
  [/^\/[A-Z]/, 'xray'],
]

export type HttpErrorLog = ReturnType<typeof createHttpErrorLog>

/** Counts HTTP errors by their reason; keeps the latest 60 reasons, and the latest 5 origins of foreign pages. */
export function createHttpErrorLog() {
  const reasons = new Map<string, HttpErrorCount>()
  const pages = new Map<string, ForeignPage>()
  const addPage = ({ origin, message }: ForeignPageError) => {
    const key = origin.slice(0, 200)
    const count = (pages.get(key)?.count ?? 0) + 1
    keepLatest(
      pages,
      key,
      { origin: key, message: message.slice(0, 500), count, lastMs: Date.now() },
      MAX_ORIGINS,
    )
  }
  return {
    /** `grpcStatus` is that of a call over gRPC. */
    add(
      { path, headers }: Pick<RequestHead, 'path' | 'headers'>,
      error: HttpError,
      grpcStatus?: string,
    ): void {
      // A person who follows a link, or submits a form, to an API's address: no SDK sends so, and any site may have it.
      if (headers['sec-fetch-mode'] === 'navigate') return
      const byPath = PATHS.find(([pattern]) => pattern.test(path))?.[1]
      const provider = path === '/v1/traces' && isForXRay(headers) ? 'xray' : byPath
      if (!provider) return
      if (error instanceof ForeignPageError) {
        addPage(error)
        return
      }
      const { status, message } = error
      const key = `${path} ${status} ${message}`.slice(0, 500)
      const count = (reasons.get(key)?.count ?? 0) + 1
      const shortened = { path: path.slice(0, 200), message: message.slice(0, 500) }
      const counted = { provider, status, ...(grpcStatus && { grpcStatus }), ...shortened, count }
      keepLatest(reasons, key, { ...counted, lastMs: Date.now() }, MAX_REASONS)
    },
    /** The latest first. */
    list: (): HttpErrorCount[] => [...reasons.values()].reverse(),
    /** The latest first. */
    foreignPages: (): ForeignPage[] => [...pages.values()].reverse(),
  }
}

/** Sets the entry as the latest, and forgets the oldest one beyond `max`. */
function keepLatest<Value>(entries: Map<string, Value>, key: string, value: Value, max: number): void {
  entries.delete(key)
  entries.set(key, value)
  const [oldest] = entries.keys()
  if (entries.size > max && oldest !== undefined) entries.delete(oldest)
}
