import stringWidth from 'fast-string-width'
import { count, duration, plural } from '../../analysis/format.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { clipped, type Line, padded, wrapped } from '../command-line/styled-lines.ts'

/** At most so many are shown; the rest is counted. */
const MOST = { spans: 3, fields: 60, events: 10, links: 10, valueLines: 4 } as const
/** Columns of the names of attributes. */
const NAME = { most: 36, share: 0.5 } as const

/** The spans and segments that a text means. */
export interface FoundSpans {
  readonly spans: readonly LensSpan[]
  readonly segments: readonly LensSegment[]
}

/** Those whose id begins with the text, else those with it in their name or their service, ignoring case. */
export function findSpans(
  { spans, segments }: Pick<TraceLenses, 'spans' | 'segments'>,
  text: string,
): FoundSpans {
  const wanted = text.trim().toLowerCase()
  const byId = ({ id }: { readonly id: string }) => id.startsWith(wanted)
  const found = { spans: spans.filter(byId), segments: segments.filter(byId) }
  if (found.spans.length + found.segments.length > 0) return found
  const byName = (texts: readonly string[]) => texts.some((one) => one.toLowerCase().includes(wanted))
  return {
    spans: spans.filter(({ name, service }) => byName([name, service])),
    segments: segments.filter(({ name }) => byName([name])),
  }
}

/** What was sent about each: attributes, events, links and resource of a span, the fields of a segment. */
export function spanLines(trace: TraceLenses, { spans, segments }: FoundSpans, width: number): Line[] {
  const blocks = [
    ...spans.map((span) => () => linesOfSpan(span, trace, width)),
    ...segments.map((segment) => () => linesOfSegment(segment, width)),
  ]
  const left = blocks.length - MOST.spans
  return [
    ...blocks
      .slice(0, MOST.spans)
      .flatMap((lines, index): Line[] => (index > 0 ? [[], ...lines()] : lines())),
    ...(left > 0
      ? [
          [],
          [
            {
              text: `… ${plural(left, 'more record')}: give more of the name, or the id`,
              style: 'dim',
            } as const,
          ],
        ]
      : []),
  ]
}

function linesOfSpan(span: LensSpan, { resources }: TraceLenses, width: number): Line[] {
  const { id, parentId, name, kind, service, startMs, endMs, status, statusMessage, scope, dropped } = span
  const about = {
    ...{
      id,
      parent: parentId || 'none',
      kind,
      service,
      start: duration(startMs),
      duration: duration(endMs - startMs),
    },
    status: statusMessage ? `${status}: ${statusMessage}` : status,
    scope,
    ...(dropped > 0 && { dropped: `${count(dropped)} attributes, events or links, by the SDK` }),
  }
  const isError = status === 'ERROR'
  return [
    [{ text: clipped(name, width), style: isError ? ['bold', 'red'] : 'bold' }],
    ...fieldLines('', about, width),
    ...fieldLines('Attributes', span.attributes, width),
    ...span.events
      .slice(0, MOST.events)
      .flatMap(({ name: event, atMs, attributes }) =>
        fieldLines(`Event ${event}, ${duration(atMs)}`, attributes, width),
      ),
    ...moreLines(span.events.length - MOST.events, 'event'),
    ...span.links
      .slice(0, MOST.links)
      .flatMap(({ traceId, spanId, attributes }) =>
        fieldLines(`Link to span ${spanId} of ${traceId}`, attributes, width),
      ),
    ...moreLines(span.links.length - MOST.links, 'link'),
    ...fieldLines('Resource', resources[span.resource] ?? {}, width),
  ]
}

function linesOfSegment(
  { name, isSubsegment, fields, startMs, endMs, outcome }: LensSegment,
  width: number,
): Line[] {
  const about = {
    'in X-Ray': isSubsegment ? 'subsegment' : 'segment',
    outcome,
    start: duration(startMs),
    duration: endMs === null ? 'in progress' : duration(endMs - startMs),
  }
  return [
    [{ text: clipped(name, width), style: outcome === 'ok' ? 'bold' : ['bold', 'red'] }],
    ...fieldLines('', about, width),
    ...fieldLines('Fields', fields, width),
  ]
}

/** Names and values as two columns. */
function fieldLines(title: string, fields: Readonly<Record<string, unknown>>, width: number): Line[] {
  const all = Object.entries(fields)
  const shown = all.slice(0, MOST.fields)
  const longest = shown.reduce((most, [name]) => Math.max(most, stringWidth(clipped(name, NAME.most))), 0)
  const columns = Math.min(longest, Math.floor(width * NAME.share))
  const lines = shown.flatMap(([name, value]): Line[] => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    const parts = wrapped(text, width - columns - 4)
    const kept = parts.slice(0, MOST.valueLines)
    const isCut = parts.length > kept.length
    return kept.map((part, index) => [
      '  ',
      { text: padded(index === 0 ? name : '', columns), style: 'dim' },
      '  ',
      isCut && index === kept.length - 1 ? `${clipped(part, width - columns - 5)}…` : part,
    ])
  })
  const heading: Line[] = title ? [[{ text: clipped(title, width), style: 'cyan' }]] : []
  return [...heading, ...lines, ...moreLines(all.length - shown.length, 'field')]
}

function moreLines(left: number, one: string): Line[] {
  return left > 0 ? [[{ text: `  … ${plural(left, `more ${one}`)}`, style: 'dim' }]] : []
}
