import { useEffect } from 'preact/hooks'
import type { Wiring } from '../../contracts/sandbox/wiring.ts'
import { useRefresh } from '../requests/use-refresh.ts'
import { useRead } from '../shell/api.ts'

/** The sandbox compares requests that ended this long ago, when their records have usually arrived; a second more. ms */
const SETTLED_MS = 11_000

/** What the stored requests show about the apps’ wiring, read again some time after `news` has changed. */
export function useWiring(isNeeded: boolean, news: string): Wiring | undefined {
  const { value, reload } = useRead<Wiring>(isNeeded ? 'sandbox/wiring' : undefined)
  useRefresh(news, reload)
  useEffect(() => {
    const timer = setTimeout(reload, SETTLED_MS)
    return () => clearTimeout(timer)
  }, [news, isNeeded])
  // Each read continues where the last one stopped.
  useEffect(() => {
    if (value?.isComplete === false) reload()
  }, [value])
  return value
}
