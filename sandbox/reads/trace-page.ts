import { z } from 'zod'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Answer } from '../http/answer.ts'
import { parseDocument, type Segment } from '../xray/segment-document.ts'
import { type Html, html } from './html.ts'
import { page } from './page.ts'
import { isEmpty, type TraceView } from './reads.ts'
import { arrange, type TimelineRow } from './timeline.ts'

const MAX_ROWS = 2_000

const span = z.object({
  spanId: z.string(),
  parentSpanId: z.string(),
  name: z.string(),
  kind: z.string(),
  service: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  status: z.object({ code: z.string() }),
})

const exception = z.looseObject({
  exception: z.looseObject({ class: z.string().nullish(), message: z.string().nullish() }),
  frames: z.array(z.record(z.string(), z.unknown())).default([]),
})
const data = z.looseObject({
  uuid: z.string(),
  level: z.string(),
  environment: z.string(),
  body: z.looseObject({
    trace: exception.optional(),
    trace_chain: z.array(exception).optional(),
    message: z.looseObject({ body: z.string() }).optional(),
    crash_report: z.looseObject({ raw: z.string() }).optional(),
  }),
})

/** One trace through three lenses, on one axis of time. `list` is where its list is, `note` stands above it. */
export function tracePage(trace: TraceView, list: string, note: Html | string = ''): Answer {
  const spans = trace.honeycomb.spans.map(spanRow)
  const segments = trace.xray.segments.flatMap(segmentRows)
  const all = [...spans, ...segments]
  const axis = {
    startMs: Math.min(...all.map(({ startMs }) => startMs)),
    endMs: Math.max(...all.map(({ endMs }) => endMs)),
  }
  const { items } = trace.rollbar
  const body = html`
<header><h1><a href="${list}">Traces</a></h1><span class="id">${trace.traceId}</span>
<span class="id soft">${toXRayTraceId(trace.traceId)}</span></header>
${note}${trace.pruned ? PRUNED : ''}
<section id="honeycomb"><h2>Honeycomb <small>${spans.length} spans, ${trace.honeycomb.logs.length} logs</small></h2>
${timeline(spans, axis)}</section>
<section id="xray"><h2>AWS X-Ray <small>${trace.xray.segments.length} segment documents</small></h2>
${timeline(segments, axis)}</section>
<section id="rollbar"><h2>Rollbar <small>${items.length} ${items.length === 1 ? 'occurrence' : 'occurrences'}</small></h2>
${items.length === 0 ? html`<p class="soft">Nothing was sent here.</p>` : items.map((item) => occurrence(item.data))}
</section>`
  return page(`Trace ${trace.traceId}`, body, { status: isEmpty(trace) ? 404 : 200 })
}

const PRUNED = html`<p class="empty">Pruned: this trace was here, and the sandbox has deleted all or some of it, because it
keeps only so much. What came first goes first.</p>`

function timeline(rows: readonly TimelineRow[], axis: { startMs: number; endMs: number }): Html {
  if (rows.length === 0) return html`<p class="soft">Nothing was sent here.</p>`
  const width = Math.max(axis.endMs - axis.startMs, 0.001)
  const percent = (ms: number) => ((ms / width) * 100).toFixed(3)
  return html`${arrange(rows)
    .slice(0, MAX_ROWS)
    .map((row) => {
      const x = percent(row.startMs - axis.startMs)
      const bar = percent(Math.max(row.endMs - row.startMs, width / 400))
      const indent = '\u2003'.repeat(Math.min(row.depth, 20))
      return html`<div class="row"><div class="name" title="${row.label}">${indent}${row.label}
<small>${row.note}</small>${row.isError ? html` <span class="bad">error</span>` : ''}</div>
<svg viewBox="0 0 100 1" preserveAspectRatio="none"><rect x="${x}" width="${bar}" height="1" class="${row.isError ? 'bad' : ''}"/></svg>
<div>${(row.endMs - row.startMs).toFixed(2)} ms</div></div>`
    })}`
}

function spanRow(value: unknown): TimelineRow {
  const { spanId, parentSpanId, name, kind, service, startTimeUnixNano, endTimeUnixNano, status } =
    span.parse(value)
  return {
    id: spanId,
    parentId: parentSpanId,
    label: name,
    note: `${service} · ${kind.toLowerCase()}`,
    startMs: Number(startTimeUnixNano) / 1e6,
    endMs: Number(endTimeUnixNano) / 1e6,
    isError: status.code === 'ERROR',
  }
}

function segmentRows(value: unknown): TimelineRow[] {
  const rowsOf = (segment: Segment): TimelineRow[] => [
    {
      id: segment.id,
      parentId: segment.parentId ?? '',
      label: segment.name,
      note: segment.isSubsegment ? (segment.namespace ?? 'subsegment') : 'segment',
      startMs: segment.startS * 1000,
      endMs: (segment.endS ?? segment.startS) * 1000,
      isError: segment.isError || segment.isFault || segment.isThrottle,
    },
    ...segment.subsegments.flatMap(rowsOf),
  ]
  return rowsOf(parseDocument(JSON.stringify(value)).segment)
}

function occurrence(value: unknown): Html {
  const { uuid, level, environment, body } = data.parse(value)
  const traces = body.trace_chain ?? (body.trace ? [body.trace] : [])
  const head = html`<p><span class="bad">${level}</span> in ${environment} <span class="id soft">${uuid}</span></p>`
  if (traces.length === 0)
    return html`${head}<pre>${body.message?.body ?? body.crash_report?.raw ?? ''}</pre>`
  return html`${head}${traces.map(
    ({ exception: { class: name, message }, frames }) =>
      html`<strong>${name ?? 'Error'}: ${message ?? ''}</strong><pre>${frames.toReversed().map(frameLine).join('\n')}</pre>`,
  )}`
}

function frameLine(frame: Readonly<Record<string, unknown>>): string {
  const place = [frame.filename, frame.lineno, frame.colno].filter(
    (part) => part !== undefined && part !== null,
  )
  return `at ${frame.method ?? '<anonymous>'} (${place.join(':')})`
}
