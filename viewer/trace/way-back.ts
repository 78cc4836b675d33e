import { cameFrom, hrefOf } from '../shell/router.ts'

const NAMES: Readonly<Record<string, string>> = {
  '': 'The requests',
  ask: 'The question',
  compare: 'The comparison',
  map: 'The service map',
  errors: 'The errors',
  logs: 'The logs',
}

/** The page from which the trace was opened, as it was; else all requests. */
export function wayBack(): { readonly href: string; readonly name: string } {
  const from = cameFrom()
  const name = from && NAMES[from.path.split('/')[0] ?? '']
  return from && name ? { href: from.href, name } : { href: hrefOf(''), name: 'All requests' }
}
