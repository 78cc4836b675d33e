import { useEffect, useRef } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { useRead } from '../shell/api.ts'
import { useLive } from '../shell/live.ts'

/** Records of one request arrive over some seconds. The trace is read again after this pause. ms */
const AGAIN_MS = 300

/** The trace, read again when more of its records arrive. */
export function useTrace(id: string) {
  const encodedId = encodeURIComponent(id)
  const { value: trace, error, reload } = useRead<TraceLenses>(`sandbox/traces/${encodedId}/lenses`)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useLive(`trace=${encodedId}`, (event) => {
    if (event && event.requests.length === 0) return
    clearTimeout(timer.current)
    timer.current = setTimeout(reload, AGAIN_MS)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return { trace, error, reload }
}
