import { useEffect, useRef } from 'preact/hooks'

/** Least time between two reads. ms */
const REFRESH_MS = 3_000

/** Reads again when `news` has changed, at a calm pace. */
export function useRefresh(news: string, reload: () => void): void {
  const done = useRef(news)
  const lastMs = useRef(performance.now())
  useEffect(() => {
    if (news === done.current) return
    const read = () => {
      done.current = news
      lastMs.current = performance.now()
      reload()
    }
    const timer = setTimeout(read, Math.max(0, lastMs.current + REFRESH_MS - performance.now()))
    return () => clearTimeout(timer)
  }, [news])
}
