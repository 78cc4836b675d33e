import { ago, plural } from '../../analysis/format.ts'
import type { ForeignPage } from '../../contracts/sandbox/health.ts'

/** What the sandbox did not take from web pages, in one line: any site in the browser can cause it. */
export function ForeignPages({ pages }: { readonly pages: readonly ForeignPage[] }) {
  const [latest] = pages
  if (!latest) return null
  const named = pages.map(
    ({ origin, count, lastMs }) =>
      `${origin || 'a page without a name'} (${plural(count, 'request')}, last ${ago(lastMs)})`,
  )
  return (
    <p class="note">
      Not let in: {named.join('; ')}. {latest.message} If you do not know the page, there is nothing to do.
    </p>
  )
}
