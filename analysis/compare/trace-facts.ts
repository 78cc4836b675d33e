import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { recordOf } from '../trace/occurrence.ts'
import { mainRoot, type PathLens, type PathSpan } from './path-spans.ts'

/** What one of the two traces is, in one lens. */
export interface TraceFacts {
  /** Of the root that took longest; empty without one. */
  readonly rootId: string
  readonly name: string
  readonly service: string
  /** Epoch milliseconds. */
  readonly startMs: number
  /** Milliseconds. */
  readonly durationMs: number
  /** HTTP status of the root. */
  readonly status: number | undefined
  readonly isError: boolean
  readonly count: number
  readonly errors: number
  readonly orphans: number
  readonly inProgress: number
}

export function traceFacts(trace: TraceLenses, lens: PathLens, spans: readonly PathSpan[]): TraceFacts {
  const root = spans[mainRoot(spans)]
  const having = (is: (span: PathSpan) => boolean) => spans.filter(is).length
  return {
    rootId: root?.id ?? '',
    name: root?.title ?? '',
    service: root?.service ?? '',
    startMs: trace.originMs + (root?.startMs ?? 0),
    durationMs: root ? root.endMs - root.startMs : 0,
    status: root && statusOf(trace, lens, root.id),
    isError: root?.isError ?? false,
    count: spans.length,
    errors: having(({ isError }) => isError),
    orphans: having(({ isOrphan }) => isOrphan),
    inProgress: having(({ isInProgress }) => isInProgress),
  }
}

function statusOf(trace: TraceLenses, lens: PathLens, id: string): number | undefined {
  const attributes = trace.spans.find((span) => span.id === id)?.attributes
  const fields = trace.segments.find((segment) => segment.id === id)?.fields
  const value =
    lens === 'xray'
      ? recordOf(recordOf(fields?.http).response).status
      : (attributes?.['http.response.status_code'] ?? attributes?.['http.status_code'])
  const status = Number(value)
  return Number.isInteger(status) && status > 0 ? status : undefined
}

/** Why a span or segment failed, as its record says; empty where it does not. */
export function errorText(trace: TraceLenses, lens: PathLens, id: string): string {
  if (lens === 'honeycomb') {
    const span = trace.spans.find((record) => record.id === id)
    const exception = span?.events.find(({ name }) => name === 'exception')?.attributes
    return String(exception?.['exception.message'] || span?.statusMessage || '').slice(0, 200)
  }
  const cause = recordOf(trace.segments.find((record) => record.id === id)?.fields.cause)
  const [exception] = Array.isArray(cause.exceptions) ? cause.exceptions : []
  const { message } = recordOf(exception)
  return typeof message === 'string' ? message.slice(0, 200) : ''
}
