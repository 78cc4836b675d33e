import { trace } from '@opentelemetry/api'
import { z } from 'zod'
import { withUrlTemplate } from '../telemetry/instrumentation/url-template.ts'

/** Client of the profiles service. */
export interface ProfilesClient {
  /**
   * The display name of each handle. The name is the handle itself if the service does not know it or cannot be
   * reached: a timeline without names is better than none. The active span records the failure.
   */
  displayNames(handles: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Rejects unless the service answers 2xx. */
  check(): Promise<void>
}

const Profiles = z.object({ profiles: z.array(z.object({ handle: z.string(), display_name: z.string() })) })

const TIMEOUT_MS = 2_000

export function createProfilesClient(baseUrl: string): ProfilesClient {
  return {
    async displayNames(handles) {
      const names = new Map(handles.map((handle) => [handle, handle]))
      try {
        const url = new URL('/api/profiles', baseUrl)
        url.searchParams.set('handles', [...names.keys()].join(','))
        const { profiles } = Profiles.parse(await (await get(url)).json())
        for (const { handle, display_name: name } of profiles) names.set(handle, name)
      } catch (error) {
        const span = trace.getActiveSpan()
        span?.addEvent('profiles unavailable', { 'app.profiles.error': String(error) })
        span?.setAttribute('app.profiles.degraded', true)
      }
      return names
    },
    check: async () => {
      await (await get(new URL('/health', baseUrl))).body?.cancel()
    },
  }
}

/** The paths have no values, so that they are their own templates. */
async function get(url: URL): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await withUrlTemplate(url.pathname, () => fetch(url, { signal }))
  if (!response.ok) throw new Error(`profiles answered ${response.status}`)
  return response
}

/** Adds the display name of each item's handle. */
export async function withNames<Item extends { readonly handle: string }>(
  profiles: ProfilesClient,
  items: readonly Item[],
): Promise<(Item & { display_name: string })[]> {
  if (items.length === 0) return []
  const names = await profiles.displayNames(items.map(({ handle }) => handle))
  return items.map((item) => ({ ...item, display_name: names.get(item.handle) ?? item.handle }))
}
