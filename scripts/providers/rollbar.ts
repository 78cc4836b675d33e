import { z } from 'zod'
import type { RollbarTarget } from '../../settings/providers.ts'
import { getJson } from './evidence.ts'

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

/** Newest first, twenty each: as far back as an occurrence of a moment ago can be. */
const PAGES = 5

/** What Rollbar has of an occurrence. */
export interface FoundOccurrence {
  readonly title: string
  /** The trace that the occurrence names. */
  readonly traceId: string | undefined
}

/**
 * An occurrence, read back by its uuid with a `read` token: first the item that it belongs to, then the occurrence
 * among the item's newest. Undefined where Rollbar does not have it (yet).
 *
 * Source: https://docs.rollbar.com/reference/get-an-item-by-id, https://docs.rollbar.com/reference/list-all-occurrences-in-an-item
 */
export async function findOccurrence(
  target: RollbarTarget,
  uuid: string,
): Promise<FoundOccurrence | undefined> {
  const headers = { 'X-Rollbar-Access-Token': target.readToken ?? '' }
  const item = ItemAnswer.safeParse(await getJson(`${target.apiEndpoint}/api/1/item/${uuid}`, headers)).data
    ?.result
  if (!item) return undefined
  for (let page = 1; page <= PAGES; page++) {
    const url = `${target.apiEndpoint}/api/1/item/${item.id}/instances?page=${page}`
    const instances = InstancesAnswer.safeParse(await getJson(url, headers)).data?.result.instances ?? []
    const found = instances.find(({ data }) => data.uuid === uuid)
    if (found) return { title: item.title ?? `item ${item.id}`, traceId: found.data.custom?.trace_id }
    if (instances.length === 0) return undefined
  }
  return undefined
}
