import { z } from 'zod'
import { cut, duration, plural } from '../../../analysis/format.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../../contracts/sandbox/lenses.ts'
import { UserError } from '../../../contracts/user-error.ts'
import { defineTool } from '../tool.ts'
import { readTrace, traceId } from './trace-input.ts'

const MAX_VALUE = 300

export const showSpan = defineTool({
  name: 'show_span',
  title: 'Show a span',
  description:
    'One span of a trace: its attributes, events, links and resource, and X-Ray’s segment with the same id.',
  input: z.strictObject({
    trace_id: traceId,
    span_id: z.string().max(32).describe('16 hex digits: of a span, or of X-Ray’s segment or subsegment'),
  }),
  isReadOnly: true,
  async run({ trace_id, span_id }, { reads, page }) {
    const trace = await readTrace(reads, trace_id)
    const id = span_id.trim().toLowerCase()
    const spans = trace.spans.filter((span) => span.id === id)
    const segments = trace.segments.filter((segment) => segment.id === id)
    if (spans.length + segments.length === 0) {
      throw new UserError({
        code: 'SPAN_UNKNOWN',
        what: `The trace has no span or segment with this id.`,
        fix: 'show_trace lists the ids of its spans',
      })
    }
    return {
      facts: [
        `${plural(spans.length, 'span')} and ${plural(segments.length, 'segment or subsegment', 'segments and subsegments')} with the id ${id}`,
        `In the viewer: ${page}/trace/${trace.traceId}?span=${encodeURIComponent(id)}`,
      ],
      telemetry: [...spans.flatMap((span) => spanLines(span, trace)), ...segments.flatMap(segmentLines)],
      narrow: 'The viewer shows all of it.',
    }
  },
})

function spanLines(span: LensSpan, { resources }: TraceLenses): string[] {
  const { name, kind, service, startMs, endMs, status, statusMessage, parentId, scope, dropped } = span
  return [
    `Span "${cut(name, 200)}" | ${kind} | ${cut(service, 60)} | +${duration(startMs)} | ${duration(endMs - startMs)} | status ${status}${statusMessage ? ` (${cut(statusMessage, 200)})` : ''} | parent ${parentId || 'none'} | scope ${cut(scope, 80)}${dropped > 0 ? ` | ${dropped} attributes, events or links dropped by the SDK` : ''}`,
    ...fieldLines('attribute', span.attributes),
    ...span.events.flatMap((event) => [
      `event "${cut(event.name, 100)}" at +${duration(event.atMs)}`,
      ...fieldLines('  event attribute', event.attributes),
    ]),
    ...span.links.map((link) => `link to span ${link.spanId} of trace ${link.traceId}`),
    ...fieldLines('resource', resources[span.resource] ?? {}),
  ]
}

function segmentLines({ name, isSubsegment, startMs, endMs, outcome, fields }: LensSegment): string[] {
  const length = endMs === null ? 'in progress' : duration(endMs - startMs)
  return [
    `${isSubsegment ? 'Subsegment' : 'Segment'} "${cut(name, 200)}" | +${duration(startMs)} | ${length} | ${outcome}`,
    ...fieldLines('field', fields),
  ]
}

function fieldLines(what: string, fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fields).map(([name, value]) => {
    const text = JSON.stringify(value) ?? ''
    const shown = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}… (${text.length} characters)` : text
    return `${what} ${cut(name, 100)} = ${shown}`
  })
}
