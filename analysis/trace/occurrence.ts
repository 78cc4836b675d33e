import { innermostLast, isOwnFrame } from '../../contracts/rollbar-frame.ts'
import type { LensOccurrence, TraceLenses } from '../../contracts/sandbox/lenses.ts'

export type ExceptionView = ReturnType<typeof exceptionView>
export type FrameView = ReturnType<typeof frameView>

type Json = Readonly<Record<string, unknown>>

const MAX_FRAMES = 200

/** The shown parts of an occurrence. Payloads have many shapes, so each field may be missing. */
export function occurrenceView({ uuid, data }: Pick<LensOccurrence, 'uuid' | 'data'>) {
  const json = recordOf(data)
  const body = recordOf(json.body)
  const chain = Array.isArray(body.trace_chain) ? body.trace_chain : body.trace ? [body.trace] : []
  const exceptions: ExceptionView[] = chain.map((trace) => exceptionView(trace, recordOf(json.notifier).name))
  const text = textOf(recordOf(body.message).body) || textOf(recordOf(body.crash_report).raw)
  const [first] = exceptions
  return {
    uuid,
    level: textOf(json.level) || 'error',
    environment: textOf(json.environment),
    title: textOf(json.title) || (first ? `${first.name}: ${first.message}` : text),
    exceptions: exceptions.length > 0 ? exceptions : text ? [{ name: '', message: text, frames: [] }] : [],
    custom: json.custom,
    request: json.request,
  }
}

function exceptionView(value: unknown, notifier: unknown) {
  const trace = recordOf(value)
  const { class: name, message } = recordOf(trace.exception)
  const frames = innermostLast<unknown>(Array.isArray(trace.frames) ? trace.frames : [], notifier)
  // Rollbar has the innermost frame last; the page shows it first.
  return {
    name: textOf(name) || 'Error',
    message: textOf(message),
    frames: frames.slice(-MAX_FRAMES).reverse().map(frameView),
  }
}

function frameView(value: unknown) {
  const frame = recordOf(value)
  const context = recordOf(frame.context)
  const file = textOf(frame.filename).replace(/^file:\/\//, '')
  return {
    method: textOf(frame.method).replace('<unknown>', ''),
    file,
    line: typeof frame.lineno === 'number' ? frame.lineno : undefined,
    // The source around the line, if it was sent.
    before: linesOf(context.pre),
    code: textOf(frame.code),
    after: linesOf(context.post),
    isOwn: isOwnFrame(frame),
  }
}

/** The position of an occurrence's pin: its span's exception, else its span's end, else its own second. */
export function pinMs({ spanId, atMs }: LensOccurrence, trace: TraceLenses): number {
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) return trace.segments.find(({ id }) => id === spanId)?.endMs ?? atMs
  return span.events.find(({ name }) => name === 'exception')?.atMs ?? span.endMs
}

/** The value if it is an object, else an empty one. */
export function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String).slice(0, 20) : []
}
