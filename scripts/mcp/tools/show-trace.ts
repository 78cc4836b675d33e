import { z } from 'zod'
import { count, duration, plural } from '../../../analysis/format.ts'
import { criticalShares } from '../../../analysis/trace/critical-shares.ts'
import { differences } from '../../../analysis/trace/differences.ts'
import { type LensTree, lensTree } from '../../../analysis/trace/lens-tree.ts'
import { type MainRow, mainRows } from '../../../analysis/trace/main-rows.ts'
import { occurrenceView } from '../../../analysis/trace/occurrence.ts'
import { segmentRows, spanRows } from '../../../analysis/trace/rows.ts'
import type { TraceLenses } from '../../../contracts/sandbox/lenses.ts'
import { LENS_NAMES, sandboxTraceUrl } from '../../../contracts/trace-links.ts'
import { defineTool } from '../tool.ts'
import { lens, traceId } from './trace-input.ts'

const MAX_ROWS = 70
const MAX_SHARES = 5
const MAX_ERRORS = 10
const MAX_LOGS = 15

export const showTrace = defineTool({
  name: 'show_trace',
  title: 'Show a trace',
  description:
    'One request: its tree of spans (or X-Ray segments) with times, what it waited for, errors, log records, Rollbar items, and where the providers differ. Of large traces the most important rows, with counts of the others.',
  input: z.strictObject({ trace_id: traceId, lens }),
  isReadOnly: true,
  async run({ trace_id, lens: wanted }, { reads, page }) {
    const [trace, providers] = await Promise.all([reads.trace(trace_id), reads.providers()])
    const shown = wanted ?? (trace.spans.length > 0 ? 'honeycomb' : 'xray')
    const tree = lensTree(shown === 'xray' ? segmentRows(trace) : spanRows(trace, false))
    const rows = mainRows(tree, MAX_ROWS)
    const hidden = rows.reduce((sum, { leftOut }) => sum + leftOut, 0)
    const found = differences(trace, providers)
    return {
      facts: [
        `Trace ${trace.traceId} (X-Ray: ${trace.xrayTraceId}), from ${new Date(trace.originMs).toISOString()}`,
        `It has ${plural(trace.spans.length, 'span')}, ${plural(trace.segments.length, 'segment or subsegment', 'segments and subsegments')}, ${plural(trace.logs.length, 'log record')}, ${plural(trace.occurrences.length, 'Rollbar item')}.`,
        ...(trace.pruned
          ? ['Some of its records have been deleted, because the store keeps the newest only.']
          : []),
        `In the viewer: ${sandboxTraceUrl(page, trace.traceId, shown)}`,
        `Below: ${LENS_NAMES[shown]}'s tree, ${plural(rows.length, 'row')}${hidden > 0 ? ` of ${count(rows.length + hidden)}: failed ones, those that the request waited for, and the longest` : ''}. A row: name | service | +start | duration | time that the request waited for it alone | span id. show_span has a span's attributes.`,
      ],
      telemetry: [
        ...rows.map((row) => rowLine(row, tree)),
        ...waitedLines(tree),
        ...errorLines(trace, shown, tree),
        ...occurrenceLines(trace),
        ...logLines(trace),
        ...(found.length > 0 ? ['Differences between the providers:'] : []),
        ...found.map(({ what, why }) => `- ${what}. ${why}`),
      ],
      narrow: 'show_span shows one span; ask can count and group them.',
    }
  },
})

function rowLine({ row, leftOut }: MainRow, { critical }: LensTree): string {
  const { depth, label, service, startMs, endMs, isError, isOrphan, isInProgress, id, detail, run } = row
  const waitedMs = (run?.members ?? [row]).reduce(
    (sum, member) =>
      sum + (critical.get(member.id) ?? []).reduce((ms, { fromMs, toMs }) => ms + toMs - fromMs, 0),
    0,
  )
  const failed = run ? run.errors : Number(isError)
  return [
    `${'  '.repeat(Math.min(depth, 20))}${label.slice(0, 100)}${detail?.text ? ` ${detail.text.slice(0, 120)}` : ''}`,
    service.slice(0, 60),
    `+${duration(startMs)}`,
    isInProgress ? 'in progress' : duration(endMs - startMs),
    `waited ${duration(waitedMs)}`,
    ...(id ? [id] : []),
    ...(failed > 0 ? [run ? `${plural(failed, 'FAILED row')} in it` : 'FAILED'] : []),
    ...(isOrphan ? ['its parent has not arrived'] : []),
    ...(leftOut > 0 ? [`(then ${plural(leftOut, 'row')} left out)`] : []),
  ].join(' | ')
}

function waitedLines(tree: LensTree): string[] {
  const shares = criticalShares(tree).slice(0, MAX_SHARES)
  if (shares.length === 0) return []
  const parts = shares.map(({ name, service, count: times, ms }) => {
    return `${duration(ms)} in ${name.slice(0, 80)} of ${service.slice(0, 40)}${times > 1 ? ` (${count(times)} times)` : ''}`
  })
  return ['The request waited longest for:', ...parts.map((part) => `- ${part}`)]
}

function errorLines(trace: TraceLenses, shown: 'honeycomb' | 'xray', { errors }: LensTree): string[] {
  if (errors.length === 0) return []
  const messages = new Map(trace.spans.map((span) => [span.id, messageOf(span)]))
  const lines = errors.slice(0, MAX_ERRORS).map(({ id, label }) => {
    const message = shown === 'honeycomb' ? messages.get(id) : ''
    return `- ${label.slice(0, 100)} (${id})${message ? `: ${message}` : ''}`
  })
  const more = errors.length - lines.length
  return [`Failed: ${plural(errors.length, 'row')}${more > 0 ? `, the first ${MAX_ERRORS}` : ''}`, ...lines]
}

function messageOf({ events, statusMessage }: TraceLenses['spans'][number]): string {
  const exception = events.find(({ name }) => name === 'exception')?.attributes
  return String(exception?.['exception.message'] ?? statusMessage).slice(0, 200)
}

function occurrenceLines({ occurrences }: TraceLenses): string[] {
  if (occurrences.length === 0) return []
  return [
    `Rollbar items: ${count(occurrences.length)}`,
    ...occurrences.slice(0, MAX_ERRORS).map((occurrence) => {
      const { title, level } = occurrenceView(occurrence)
      return `- item ${occurrence.itemId}, ${level.slice(0, 20)}: ${title.slice(0, 200)}`
    }),
  ]
}

function logLines({ logs }: TraceLenses): string[] {
  if (logs.length === 0) return []
  const worst = logs.toSorted((a, b) => b.severityNumber - a.severityNumber).slice(0, MAX_LOGS)
  const lines = worst
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, severity, service, body }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return `- +${duration(atMs)} ${severity} ${service.slice(0, 40)}: ${text.slice(0, 200)}`
    })
  const some = logs.length > worst.length ? `, the ${MAX_LOGS} most severe` : ''
  return [`Log records: ${count(logs.length)}${some}`, ...lines]
}
