import { createHash } from 'node:crypto'
import type { Span } from '../honeycomb/span.ts'

export interface XRayException {
  readonly id: string
  readonly type: string
  readonly message: string
  readonly stack: readonly { readonly label: string; readonly path: string; readonly line: number }[]
}

/** `at label (path:line:column)`, the label left out for code at a module's top. */
const FRAME = /^\s*at (?:(.*?) \()?(?:file:\/\/)?(.*?):(\d+)(?::\d+)?\)?$/

/** A span's `exception` events as the exceptions of a document's cause. */
export function exceptionsOf({ events, spanId }: Span): XRayException[] {
  return events
    .filter(({ name }) => name === 'exception')
    .map(({ attributes }, index) => ({
      id: createHash('sha256').update(`${spanId} ${index}`).digest('hex').slice(0, 16),
      type: String(attributes['exception.type'] ?? 'Error'),
      message: String(attributes['exception.message'] ?? ''),
      stack: framesOf(String(attributes['exception.stacktrace'] ?? '')),
    }))
}

function framesOf(stacktrace: string): XRayException['stack'] {
  return stacktrace.split('\n').flatMap((line) => {
    const [, label = 'anonymous', path, number] = FRAME.exec(line) ?? []
    return path ? [{ label, path, line: Number(number) }] : []
  })
}
