import { z } from 'zod'
import { count, plural } from '../../../analysis/format.ts'
import { occurrenceView } from '../../../analysis/trace/occurrence.ts'
import type { ErrorList, ErrorOccurrence } from '../../../contracts/sandbox/lists.ts'
import { defineTool, type ToolContext } from '../tool.ts'

const MAX_ITEMS = 40
const MAX_OCCURRENCES = 5
const MAX_FRAMES = 12

export const listErrors = defineTool({
  name: 'list_errors',
  title: 'List errors',
  description:
    'Rollbar’s items: equal errors as one, with how often, when last, where in the code, and the trace. With item: its newest occurrences with their stacks.',
  input: z.strictObject({ item: z.number().int().positive().optional().describe('The number of one item') }),
  isReadOnly: true,
  run: ({ item }, context) => (item === undefined ? listItems(context) : showItem(item, context)),
})

async function listItems({ reads, page }: ToolContext) {
  const { items, total } = await reads.errors()
  const listed = items.slice(0, MAX_ITEMS)
  return {
    facts: [
      `${plural(total, 'item')}; ${count(listed.length)} listed, the latest first. In the viewer: ${page}/errors`,
      'A line: item | level | title | route | place in the code | occurrences | last | trace of the last one',
    ],
    telemetry: listed.map(itemLine),
    narrow: 'The viewer shows all items.',
  }
}

function itemLine(item: ErrorList['items'][number]): string {
  const { id, level, title, route, place, total, lastS, lastTraceId } = item
  return [
    `item ${id}`,
    level.slice(0, 20),
    title.slice(0, 160),
    route.slice(0, 80) || 'no route',
    place.slice(0, 100) || 'no place',
    plural(total, 'time'),
    new Date(lastS * 1_000).toISOString(),
    lastTraceId ?? 'names no trace',
  ].join(' | ')
}

async function showItem(id: number, { reads, page }: ToolContext) {
  const { item, occurrences } = await reads.error(id)
  const shown = occurrences.slice(0, MAX_OCCURRENCES)
  return {
    facts: [
      `Item ${id} with ${plural(item.total, 'occurrence')}, the newest ${count(shown.length)} below. In the viewer: ${page}/errors/${id}`,
    ],
    telemetry: [
      `${item.level.slice(0, 20)} | ${item.title.slice(0, 200)} | ${item.route.slice(0, 100)} | ${item.place.slice(0, 120)}`,
      ...shown.flatMap(occurrenceLines),
    ],
    narrow: 'The viewer shows all occurrences.',
  }
}

function occurrenceLines(occurrence: ErrorOccurrence): string[] {
  const { exceptions } = occurrenceView(occurrence)
  return [
    `Occurrence ${occurrence.uuid.slice(0, 40)} at ${new Date(occurrence.timestampS * 1_000).toISOString()}, trace ${occurrence.traceId ?? 'none'}`,
    ...exceptions
      .slice(0, 3)
      .flatMap(({ name, message, frames }) => [
        `  ${name.slice(0, 80)}: ${message.slice(0, 300)}`,
        ...frames
          .slice(0, MAX_FRAMES)
          .map(
            ({ method, file, line }) => `    at ${method.slice(0, 60)} ${file.slice(-120)}:${line ?? '?'}`,
          ),
        ...(frames.length > MAX_FRAMES ? [`    (${frames.length - MAX_FRAMES} more frames)`] : []),
      ]),
  ]
}
