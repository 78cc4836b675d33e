import type { Item } from '../../contracts/sandbox/lists.ts'

/** What distinguishes items with the same title: the route and the place of the last occurrence, and its message. */
export function Circumstances({ item }: { readonly item: Pick<Item, 'route' | 'place' | 'message'> }) {
  const { route, place, message } = item
  return (
    <p class="circumstances">
      {route && <b>{route}</b>} {place && <code>{place}</code>} {message && <span>{message}</span>}
      {!route && !place && !message && <span class="soft">It names neither a route nor a place.</span>}
    </p>
  )
}
