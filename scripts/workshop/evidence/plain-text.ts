import type { SpanEvidence } from '../../../contracts/evidence.ts'

/** Control characters, which a terminal acts upon, and line ends, which would begin a sentence of the check. */
const CONTROLS = /\p{Cc}+/gu

export function plainLine(text: string): string {
  return text.replaceAll(CONTROLS, ' ')
}

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
