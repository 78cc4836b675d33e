import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { getJson } from './api.ts'

/** A filter that few rows match is searched in steps. One load ends when it has found this many rows. */
const MIN_ROWS = 50

type Cursor = string | number | null

/**
 * Reads a list of the sandbox page by page. `addressOf` gives the address of the page after a cursor, and of the first
 * page for ''; each new function starts the list again. `onPage` gets every page, and whether it is the first, and returns
 * how many rows it has. `error` stays until a page arrives.
 */
export function usePages<Page extends { readonly next: Cursor }>(
  addressOf: (cursor: string | number) => string,
  onPage: (page: Page, isFirst: boolean) => number,
) {
  const [last, setLast] = useState<Page>()
  const [isLoading, setLoading] = useState(true)
  const [error, setError] = useState<Error>()
  const running = useRef<AbortController>(undefined)

  const load = useCallback(
    async (from: Cursor) => {
      running.current?.abort()
      const own = new AbortController()
      running.current = own
      setLoading(true)
      try {
        let cursor = from
        for (let found = 0; cursor !== null && found < MIN_ROWS; ) {
          const page: Page = await getJson(addressOf(cursor), { signal: own.signal })
          setError(undefined)
          found += onPage(page, cursor === '')
          setLast(page)
          cursor = page.next
        }
      } catch (reason) {
        if (own.signal.aborted) return
        setError(reason as Error)
      }
      running.current = undefined
      setLoading(false)
    },
    [addressOf],
  )
  useEffect(() => {
    setLast(undefined)
    void load('')
    return () => running.current?.abort()
  }, [load])

  // Not a new function after a failed load: the list calls each new one, which would retry without end.
  const loadMore = useCallback(() => {
    if (last?.next && !running.current) void load(last.next)
  }, [last, load])
  return { last, isLoading, error, setError, loadMore, reload: () => load('') }
}
