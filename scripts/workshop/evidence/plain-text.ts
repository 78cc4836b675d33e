import type { SpanEvidence } from '../../../contracts/evidence.ts'
import { plainLine } from '../../command-line/plain-line.ts'

/** The span with plain lines in place of what checks print of it: anyone may send a span with any name. */
export function withPlainText(span: SpanEvidence): SpanEvidence {
  const attributes = Object.entries(span.attributes).map(
    ([name, value]) => [plainLine(name), typeof value === 'string' ? plainLine(value) : value] as const,
  )
  return {
    ...span,
    name: plainLine(span.name),
    service: plainLine(span.service),
    exceptions: span.exceptions.map(plainLine),
    attributes: Object.fromEntries(attributes),
  }
}
