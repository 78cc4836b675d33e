import type { Fixed64, OtlpSpan } from '../query/events/otlp.ts'
import { resourceSpansOf } from '../query/events/stored-chunk.ts'
import type { StoredSpans } from '../store/spans.ts'

/** From the stable semantic conventions, and from those before them. */
const STATUS_NAMES = ['http.response.status_code', 'http.status_code']

/** The HTTP status of the earliest root among the chunk's spans; null where it has none. */
export function rootStatusOf(chunk: StoredSpans): number | null {
  let root: OtlpSpan | undefined
  for (const { scopes } of resourceSpansOf(chunk)) {
    for (const { spans } of scopes) {
      for (const span of spans) {
        if (span.parentSpanId === '' && (!root || isBefore(span.start, root.start))) root = span
      }
    }
  }
  if (!root) return null
  const { attributes } = root
  for (const name of STATUS_NAMES) {
    for (let index = attributes.length - 2; index >= 0; index -= 2) {
      if (attributes[index] !== name || attributes[index + 1] === null) continue
      const status = Number(attributes[index + 1])
      return Number.isInteger(status) && status > 0 ? status : null
    }
  }
  return null
}

function isBefore(a: Fixed64, b: Fixed64): boolean {
  return a.high < b.high || (a.high === b.high && a.low < b.low)
}
