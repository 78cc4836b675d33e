import { useEffect, useRef } from 'preact/hooks'
import type { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import { useRead } from '../../shell/api.ts'
import { useRefresh } from '../use-refresh.ts'

/** What the menus offer for these filters. `shown` stays until the answer for new filters arrives; `current` does not. */
export function useMenus(filter: string, news: string) {
  const { value, reload } = useRead<RequestMenus>(`sandbox/requests/menus?${filter}`)
  useRefresh(news, reload)
  // Each read continues the search by an X-Ray filter expression.
  useEffect(() => {
    if (value?.isComplete === false) reload()
  }, [value])
  const shown = useRef(value)
  shown.current = value ?? shown.current
  return { current: value, shown: shown.current }
}
