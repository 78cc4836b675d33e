import { computed, signal } from '@preact/signals'

/** The viewer's root: `/`, or the prefix that a proxy adds. The page's base defines it. */
const ROOT = new URL(document.baseURI).pathname

function here(): URL {
  return new URL(location.href)
}

const current = signal(here())

/** The path below the root: `` for the list, `trace/<id>`, `errors/7`. */
export const path = computed(() => {
  const { pathname } = current.value
  return pathname.startsWith(ROOT) ? pathname.slice(ROOT.length).replace(/\/+$/, '') : ''
})
export const query = computed(() => current.value.searchParams)
export const fragment = computed(() => current.value.hash.slice(1))

/** An address for `href`, of a path below the root. */
export function hrefOf(pathBelow: string, search = '', hash = ''): string {
  return `${ROOT}${pathBelow}${search && `?${search}`}${hash && `#${hash}`}`
}

interface SpanOfTrace {
  readonly traceId: string
  /** Empty or null for the trace without a selected span. */
  readonly spanId: string | null
}

/** The trace's page with the span selected. */
export function hrefOfSpan({ traceId, spanId }: SpanOfTrace): string {
  return hrefOf(`trace/${traceId}`, spanId ? new URLSearchParams({ span: spanId }).toString() : '')
}

export function navigate(href: string, { replaces = false } = {}): void {
  const url = new URL(href, location.href)
  if (url.href === location.href) return
  const state = replaces ? history.state : { from: location.href }
  history[replaces ? 'replaceState' : 'pushState'](state, '', url)
  current.value = here()
}

/** The path and the address of the page whose link led here; undefined after a reload elsewhere, or in a new tab. */
export function cameFrom(): { readonly path: string; readonly href: string } | undefined {
  const { from } = (history.state ?? {}) as { readonly from?: unknown }
  if (typeof from !== 'string') return undefined
  const { pathname, search, hash } = new URL(from, location.href)
  return { path: pathname.slice(ROOT.length).replace(/\/+$/, ''), href: `${pathname}${search}${hash}` }
}

/** Opens links to the viewer's pages without loading the document again. All other links are left to the browser. */
export function startRouter(): void {
  const update = () => {
    current.value = here()
  }
  addEventListener('popstate', update)
  addEventListener('hashchange', update)
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.hasAttribute('download')) return
    const url = new URL(link.href, location.href)
    if (url.origin !== location.origin || !url.pathname.startsWith(ROOT)) return
    const below = url.pathname.slice(ROOT.length)
    if (/^(sandbox|health)(\/|$)/.test(below)) return
    event.preventDefault()
    navigate(url.href)
  })
}
