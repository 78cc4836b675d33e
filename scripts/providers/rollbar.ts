import { z } from 'zod'
import type { OccurrenceEvidence } from '../../contracts/evidence.ts'
import type { RollbarTarget } from '../../settings/providers.ts'
import { readProvider } from '../machine/http-json.ts'

const ItemAnswer = z.object({ result: z.object({ id: z.number(), title: z.string().optional() }) })

const InstancesAnswer = z.object({
  result: z.object({
    instances: z.array(
      z.object({
        data: z.object({
          uuid: z.string(),
          custom: z.object({ trace_id: z.string() }).partial().optional(),
        }),
      }),
    ),
  }),
})

/** How many pages of an item's occurrences are read, of twenty each, newest first: enough for one that was just sent. */
const PAGES = 5

/**
 * Reads an occurrence back by its uuid, with a `read` token: first its item, then the occurrence among the item's
 * newest. Undefined where Rollbar does not have it (yet).
 *
 * Source: https://docs.rollbar.com/reference/get-an-item-by-id, https://docs.rollbar.com/reference/list-all-occurrences-in-an-item
 */
export async function findOccurrence(
  target: RollbarTarget,
  uuid: string,
): Promise<(OccurrenceEvidence & { readonly title: string }) | undefined> {
  const headers = { 'X-Rollbar-Access-Token': target.readToken ?? '' }
  const item = ItemAnswer.safeParse(await readProvider(`${target.apiEndpoint}/api/1/item/${uuid}`, headers))
    .data?.result
  if (!item) return undefined
  for (let page = 1; page <= PAGES; page++) {
    const url = `${target.apiEndpoint}/api/1/item/${item.id}/instances?page=${page}`
    const instances = InstancesAnswer.safeParse(await readProvider(url, headers)).data?.result.instances ?? []
    const found = instances.find(({ data }) => data.uuid === uuid)
    if (found) return { uuid, title: item.title ?? `item ${item.id}`, traceId: found.data.custom?.trace_id }
    if (instances.length === 0) return undefined
  }
  return undefined
}
