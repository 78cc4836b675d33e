import type { TracesContext } from './context.ts'
import { findRequests } from './find-requests.ts'
import { filterParameters, readLimit } from './request-filters.ts'
import { foundLines } from './request-lines.ts'

const [USUAL, MOST] = [20, 1_000]

/** `npm run traces -- find`: the requests that match, the newest first. */
export async function find({ reads, values, width, print, printJson }: TracesContext): Promise<void> {
  const limit = readLimit(values.limit, USUAL, MOST)
  const { sort, order, after } = values
  const found = await findRequests(reads, { ...filterParameters(values), sort, order, after }, limit)
  if (values.json) printJson(found)
  else print(foundLines(found, width, (cursor) => `repeat it with --after ${cursor}`))
}
