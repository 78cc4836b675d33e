import type { ProfilesClient } from './profiles-client.ts'

/** Adds the name of who is behind each handle, as the profiles service knows it. */
export async function withNames<Item extends { readonly handle: string }>(
  profiles: ProfilesClient,
  items: readonly Item[],
): Promise<(Item & { display_name: string })[]> {
  if (items.length === 0) return []
  const names = await profiles.displayNames(items.map(({ handle }) => handle))
  return items.map((item) => ({ ...item, display_name: names.get(item.handle) ?? item.handle }))
}
