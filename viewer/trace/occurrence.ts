import type { LensOccurrence, TraceLenses } from '../../contracts/sandbox/lenses.ts'

/** The shown parts of an occurrence. Payloads have many shapes, so each field may be missing. */
export interface OccurrenceView {
  readonly uuid: string
  readonly itemId: number
  readonly level: string
  readonly environment: string
  readonly title: string
  readonly exceptions: readonly ExceptionView[]
  readonly custom: unknown
  readonly request: unknown
}

export interface ExceptionView {
  readonly name: string
  readonly message: string
  /** The innermost first. */
  readonly frames: readonly FrameView[]
}

export interface FrameView {
  readonly method: string
  readonly file: string
  readonly line: number | undefined
  /** Source around the line, if it was sent. */
  readonly before: readonly string[]
  readonly code: string
  readonly after: readonly string[]
  /** Neither Node's nor a package's. */
  readonly isOwn: boolean
}

type Json = Readonly<Record<string, unknown>>

const MAX_FRAMES = 200

export function occurrenceView({
  uuid,
  itemId,
  data,
}: Pick<LensOccurrence, 'uuid' | 'itemId' | 'data'>): OccurrenceView {
  const json = recordOf(data)
  const body = recordOf(json.body)
  const chain = Array.isArray(body.trace_chain) ? body.trace_chain : body.trace ? [body.trace] : []
  const exceptions = chain.map(exceptionView)
  const told = textOf(recordOf(body.message).body) || textOf(recordOf(body.crash_report).raw)
  const [first] = exceptions
  return {
    uuid,
    itemId,
    level: textOf(json.level) || 'error',
    environment: textOf(json.environment),
    title: textOf(json.title) || (first ? `${first.name}: ${first.message}` : told),
    exceptions: exceptions.length > 0 ? exceptions : told ? [{ name: '', message: told, frames: [] }] : [],
    custom: json.custom,
    request: json.request,
  }
}

function exceptionView(value: unknown): ExceptionView {
  const trace = recordOf(value)
  const { class: name, message } = recordOf(trace.exception)
  const frames = Array.isArray(trace.frames) ? trace.frames.slice(-MAX_FRAMES) : []
  return { name: textOf(name) || 'Error', message: textOf(message), frames: frames.reverse().map(frameView) }
}

function frameView(value: unknown): FrameView {
  const frame = recordOf(value)
  const context = recordOf(frame.context)
  const file = textOf(frame.filename).replace(/^file:\/\//, '')
  return {
    method: textOf(frame.method).replace('<unknown>', ''),
    file,
    line: typeof frame.lineno === 'number' ? frame.lineno : undefined,
    before: linesOf(context.pre),
    code: textOf(frame.code),
    after: linesOf(context.post),
    isOwn: file !== '' && !/^node:|(^|\/)node_modules\//.test(file),
  }
}

/** The position of an occurrence's pin: its span's exception, else its span's end, else its own second. */
export function pinMs({ spanId, atMs }: LensOccurrence, trace: TraceLenses): number {
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) return trace.segments.find(({ id }) => id === spanId)?.endMs ?? atMs
  return span.events.find(({ name }) => name === 'exception')?.atMs ?? span.endMs
}

function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String).slice(0, 20) : []
}
