import { type Line, wrapped } from '../command-line/styled-lines.ts'
import type { Parameters } from '../sandbox-reads/sandbox-reads.ts'
import type { TracesContext } from './context.ts'
import { findRequests } from './find-requests.ts'
import { filterParameters, readLimit, readOrdering } from './request-filters.ts'
import { foundLines } from './request-lines.ts'
import { twoRowsNote } from './twins.ts'

const [USUAL, MOST] = [20, 1_000]

/** `npm run traces -- find`: the requests that match, the newest first. */
export async function find({ reads, values, width, page, print, printJson }: TracesContext): Promise<void> {
  const limit = readLimit(values.limit, USUAL, MOST)
  const filters = filterParameters(values)
  const found = await findRequests(reads, { ...filters, ...readOrdering(values), after: values.after }, limit)
  if (values.json) return printJson({ url: listUrl(page, filters), ...found })
  const note = await twoRowsNote(reads, found.requests)
  print([
    ...foundLines(found, width, (cursor) => `repeat it with --after ${cursor}`),
    ...(note ? wrapped(note, width).map((text): Line => [{ text, style: 'yellow' }]) : []),
  ])
}

/** The viewer's list with the same filters. */
function listUrl(page: string, filters: Parameters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return `${page}/?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}
