import { z } from 'zod'
import { count, cut, plural } from '../../../analysis/format.ts'
import { occurrenceView } from '../../../analysis/trace/occurrence.ts'
import type { ErrorList, ErrorOccurrence } from '../../../contracts/sandbox/lists.ts'
import { UserError } from '../../../contracts/user-error.ts'
import { defineTool, type ToolContext } from '../tool.ts'

const MAX_LIMIT = 40
const MAX_OCCURRENCES = 5
const MAX_EXCEPTIONS = 3
const MAX_FRAMES = 12

const input = z.strictObject({
  item: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('The number of one item: then no other filter counts'),
  minutes: z.number().positive().max(10_080).optional().describe('Only items of the last so many minutes'),
  level: z.string().max(20).optional().describe('critical, error, warning, info or debug'),
  text: z.string().max(200).optional().describe('Part of the title, message, route, place or environment'),
  limit: z.number().int().min(1).max(MAX_LIMIT).default(20),
  after: z.number().int().positive().optional().describe('The last item of the page before this one'),
})

export const listErrors = defineTool({
  name: 'list_errors',
  title: 'List errors',
  description:
    'Rollbar’s items, of which each is a group of equal occurrences: how often, first and last time, where in the code, and the trace. With item: when it occurred, and its newest occurrences with their stacks.',
  input,
  isReadOnly: true,
  run: ({ item, ...filters }, context) =>
    item === undefined ? listItems(filters, context) : showItem(item, context),
})

type Item = ErrorList['items'][number]

async function listItems(
  { minutes, level, text, limit, after }: Omit<z.output<typeof input>, 'item'>,
  { reads, page }: ToolContext,
) {
  const { items, total } = await reads.errors()
  const sinceS = minutes === undefined ? 0 : Date.now() / 1_000 - minutes * 60
  const words = text?.toLowerCase() ?? ''
  const found = items.filter(
    (item) =>
      item.lastS >= sinceS && (level === undefined || item.level === level) && textOf(item).includes(words),
  )
  const from = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1
  const listed = found.slice(from, from + limit)
  const last = found.length > from + limit ? listed.at(-1) : undefined
  return {
    facts: [
      `${plural(found.length, 'item')} of ${count(total)} match; ${count(listed.length)} listed, the latest first. In the viewer: ${page}/errors`,
      ...(total > items.length ? [`Only the latest ${count(items.length)} items were searched.`] : []),
      ...(last ? [`For the next page call again with the same filters and after=${last.id}.`] : []),
      'A line: item | level | title | route | place in the code | occurrences | first | last | trace of the last one',
    ],
    telemetry: listed.map(itemLine),
    narrow: 'Ask for a smaller limit.',
  }
}

function textOf({ title, message, route, place, environment }: Item): string {
  return [title, message, route, place, environment].join('\n').toLowerCase()
}

function itemLine(item: Item): string {
  const { id, level, title, route, place, total, firstS, lastS, lastTraceId } = item
  return [
    `item ${id}`,
    cut(level, 20),
    cut(title, 120),
    cut(route, 60) || 'no route',
    cut(place, 80) || 'no place',
    plural(total, 'time'),
    timeOf(firstS),
    timeOf(lastS),
    lastTraceId ?? 'names no trace',
  ].join(' | ')
}

async function showItem(id: number, { reads, page }: ToolContext) {
  const [{ item, occurrences }, list] = await Promise.all([
    reads.error(id).catch((error: unknown) => unknownItem(id, error)),
    reads.errors(),
  ])
  const shown = occurrences.slice(0, MAX_OCCURRENCES)
  return {
    facts: [
      `Item ${id} with ${plural(item.total, 'occurrence')}, the first at ${timeOf(item.firstS)}, the newest ${count(shown.length)} below. In the viewer: ${page}/errors/${id}`,
    ],
    telemetry: [
      `${cut(item.level, 20)} | ${cut(item.title, 200)} | ${cut(item.route, 60)} | ${cut(item.place, 80)}`,
      ...timeLines(list, id),
      ...shown.flatMap(occurrenceLines),
    ],
    narrow: 'The viewer shows all occurrences.',
  }
}

function unknownItem(id: number, error: unknown): never {
  if (!(error instanceof UserError) || error.code !== 'READ_REJECTED') throw error
  throw new UserError({
    code: 'ITEM_UNKNOWN',
    what: `No item ${id} is stored: no item has this number, or it was deleted to make room.`,
    fix: 'list_errors without item lists the stored ones',
  })
}

/** How often it occurred over time: the steps of time in which it did. */
function timeLines({ items, fromS, toS }: ErrorList, id: number): string[] {
  const spread = items.find((item) => item.id === id)?.spread ?? []
  const stepS = (toS - fromS) / Math.max(1, spread.length)
  const steps = spread.flatMap((times, place) =>
    times > 0 ? [`- from ${timeOf(fromS + place * stepS)}: ${count(times)}`] : [],
  )
  return steps.length > 0 ? [`Occurrences in steps of ${Math.round(stepS)} s:`, ...steps] : []
}

function occurrenceLines(occurrence: ErrorOccurrence): string[] {
  const { exceptions } = occurrenceView(occurrence)
  const more = exceptions.length - MAX_EXCEPTIONS
  return [
    `Occurrence ${cut(occurrence.uuid, 40)} at ${timeOf(occurrence.timestampS)}, trace ${occurrence.traceId ?? 'none'}`,
    ...exceptions
      .slice(0, MAX_EXCEPTIONS)
      .flatMap(({ name, message, frames }) => [
        `  ${cut(name, 80)}: ${cut(message, 250)}`,
        ...frames
          .slice(0, MAX_FRAMES)
          .map(({ method, file, line }) => `    at ${cut(method, 60)} ${cutStart(file, 120)}:${line ?? '?'}`),
        ...(frames.length > MAX_FRAMES ? [`    (${frames.length - MAX_FRAMES} more frames)`] : []),
      ]),
    ...(more > 0 ? [`  (${plural(more, 'more cause')})`] : []),
  ]
}

/** Of a path the end says most. */
function cutStart(text: string, max: number): string {
  return text.length > max ? `…${text.slice(1 - max)}` : text
}

function timeOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString()
}
