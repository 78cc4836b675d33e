import { useEffect, useState } from 'preact/hooks'

/** Least time between two reads. ms */
const REFRESH_MS = 3_000

/** Reads again when `newest`, the place of the newest request, has changed. */
export function useRefresh(newest: string, reload: () => void): void {
  const [due, setDue] = useState('')
  useEffect(() => {
    if (newest === due) return
    const timer = setTimeout(
      () => {
        setDue(newest)
        reload()
      },
      due === '' ? 0 : REFRESH_MS,
    )
    return () => clearTimeout(timer)
  })
}
