import { z } from 'zod'
import { errorText } from '../../../analysis/compare/trace-facts.ts'
import { count, cut, duration, plural } from '../../../analysis/format.ts'
import { criticalShares } from '../../../analysis/trace/critical-shares.ts'
import type { Difference } from '../../../analysis/trace/difference.ts'
import { differences } from '../../../analysis/trace/differences.ts'
import { type LensTree, lensTree } from '../../../analysis/trace/lens-tree.ts'
import { type MainRow, mainRows, waitedMs } from '../../../analysis/trace/main-rows.ts'
import { occurrenceView } from '../../../analysis/trace/occurrence.ts'
import { segmentRows, spanRows } from '../../../analysis/trace/rows.ts'
import type { TraceLenses } from '../../../contracts/sandbox/lenses.ts'
import { LENS_NAMES, sandboxTraceUrl } from '../../../contracts/trace-links.ts'
import { helpText, readTwins, strayErrorTexts } from '../../traces/twins.ts'
import { linesThatFit } from '../answer.ts'
import { defineTool } from '../tool.ts'
import { lens, readTrace, traceId } from './trace-input.ts'

/** How many rows of the tree an answer may have: the first number that fits. */
const ROWS = [70, 50, 35, 25, 15, 8, 4] as const
/** Of each part above the tree, so that it leaves room for the tree. */
const MAX = { shares: 5, errors: 8, occurrences: 5, logs: 10, differences: 10 } as const

export const showTrace = defineTool({
  name: 'show_trace',
  title: 'Show a trace',
  description:
    'One request: what it waited for, errors, log records, Rollbar occurrences, where the providers differ or have it under another id, and its tree of spans (or X-Ray segments) with times. Of large traces the most important rows, with counts of the others.',
  input: z.strictObject({ trace_id: traceId, lens }),
  isReadOnly: true,
  async run({ trace_id, lens: wanted }, { reads, page }) {
    const [trace, providers] = await Promise.all([readTrace(reads, trace_id), reads.providers()])
    const twins = await readTwins(reads, trace)
    const shown = wanted ?? (trace.spans.length > 0 ? 'honeycomb' : 'xray')
    const tree = lensTree(shown === 'xray' ? segmentRows(trace) : spanRows(trace, false))
    const facts = [...headFacts(trace), `In the viewer: ${sandboxTraceUrl(page, trace.traceId, shown)}`]
    const summary = [
      ...waitedLines(tree),
      ...errorLines(trace, shown, tree),
      ...occurrenceLines(trace),
      ...differenceLines(differences(trace, providers, twins)),
      ...strayErrorTexts(twins),
      ...logLines(trace),
    ]
    const answerOf = (most: number) => {
      const rows = mainRows(tree, most)
      return {
        facts: [...facts, treeFact(LENS_NAMES[shown], rows)],
        telemetry: [...summary, `Tree of ${LENS_NAMES[shown]}:`, ...rows.map((row) => rowLine(row, tree))],
        narrow: 'show_span shows one span; ask can count and group them.',
      }
    }
    const fitting = ROWS.values()
      .map(answerOf)
      .find((answer) => linesThatFit(answer) === answer.telemetry.length)
    return fitting ?? answerOf(1)
  },
})

function headFacts(trace: TraceLenses): string[] {
  const { traceId: id, xrayTraceId, originMs, spans, segments, logs, occurrences, pruned } = trace
  return [
    `Trace ${id} (X-Ray: ${xrayTraceId}), from ${new Date(originMs).toISOString()}`,
    `It has ${plural(spans.length, 'span')}, ${plural(segments.length, 'segment or subsegment', 'segments and subsegments')}, ${plural(logs.length, 'log record')}, ${plural(occurrences.length, 'Rollbar occurrence')}.`,
    ...(pruned ? ['Some of its records have been deleted, because the store keeps the newest only.'] : []),
  ]
}

function treeFact(name: string, rows: readonly MainRow[]): string {
  const hidden = rows.reduce((sum, { leftOut }) => sum + leftOut, 0)
  const chosen =
    hidden > 0
      ? ` of ${count(rows.length + hidden)}: failed ones, those that the request waited for, and the longest`
      : ''
  return `Below: a summary, then ${name}'s tree, ${plural(rows.length, 'row')}${chosen}. A row: name | service | +start | duration | time that the request waited for it alone | id of the span or segment. show_span has its attributes.`
}

function rowLine({ row, leftOut }: MainRow, { critical }: LensTree): string {
  const { depth, label, service, startMs, endMs, isError, isOrphan, isInProgress, id, detail, run } = row
  const failed = run ? run.errors : Number(isError)
  return [
    `${'  '.repeat(Math.min(depth, 20))}${cut(label, 80)}${detail?.text ? ` ${cut(detail.text, 80)}` : ''}`,
    cut(service, 40),
    `+${duration(startMs)}`,
    isInProgress ? 'in progress' : duration(endMs - startMs),
    `waited ${duration(waitedMs(row, critical))}`,
    ...(id ? [id] : []),
    ...(failed > 0 ? [run ? `${plural(failed, 'FAILED row')} in it` : 'FAILED'] : []),
    ...(isOrphan ? ['its parent has not arrived'] : []),
    ...(leftOut > 0 ? [`(then ${plural(leftOut, 'row')} left out)`] : []),
  ].join(' | ')
}

function waitedLines(tree: LensTree): string[] {
  const shares = criticalShares(tree).slice(0, MAX.shares)
  if (shares.length === 0) return []
  const parts = shares.map(({ name, service, count: times, ms }) => {
    return `${duration(ms)} in ${cut(name, 80)} of ${cut(service, 40)}${times > 1 ? ` (${count(times)} times)` : ''}`
  })
  return ['The request waited longest for:', ...parts.map((part) => `- ${part}`)]
}

function errorLines(trace: TraceLenses, shown: 'honeycomb' | 'xray', { errors }: LensTree): string[] {
  if (errors.length === 0) return []
  const lines = errors.slice(0, MAX.errors).map(({ id, label }) => {
    const message = errorText(trace, shown, id)
    return `- ${cut(label, 80)} (${id})${message ? `: ${cut(message, 160)}` : ''}`
  })
  const more = errors.length - lines.length
  return [`Failed: ${plural(errors.length, 'row')}${more > 0 ? `, the first ${MAX.errors}` : ''}`, ...lines]
}

function occurrenceLines({ occurrences }: TraceLenses): string[] {
  if (occurrences.length === 0) return []
  const more = occurrences.length - MAX.occurrences
  return [
    `Rollbar occurrences: ${count(occurrences.length)}${more > 0 ? `, the first ${MAX.occurrences}` : ''}`,
    ...occurrences.slice(0, MAX.occurrences).map((occurrence) => {
      const { title, level } = occurrenceView(occurrence)
      return `- of item ${occurrence.itemId}, ${cut(level, 20)}: ${cut(title, 160)}`
    }),
  ]
}

function differenceLines(found: readonly Difference[]): string[] {
  if (found.length === 0) return []
  const sorted = found.toSorted((a, b) => Number(b.isTrouble) - Number(a.isTrouble))
  const more = found.length - MAX.differences
  return [
    'Differences between the providers:',
    ...sorted
      .slice(0, MAX.differences)
      .flatMap(({ what, why, help }) => [`- ${what}.`, `  ${why}${help ? ` See ${helpText(help)}` : ''}`]),
    ...(more > 0 ? [`- and ${plural(more, 'more difference')}`] : []),
  ]
}

function logLines({ logs }: TraceLenses): string[] {
  if (logs.length === 0) return []
  const worst = logs.toSorted((a, b) => b.severityNumber - a.severityNumber).slice(0, MAX.logs)
  const lines = worst
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, severity, service, body }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return `- +${duration(atMs)} ${cut(severity, 20)} ${cut(service, 40)}: ${cut(text, 160)}`
    })
  const some = logs.length > worst.length ? `, the ${MAX.logs} most severe` : ''
  return [`Log records: ${count(logs.length)}${some}`, ...lines]
}
