import { useEffect, useRef, useState } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { isAbort, readJson } from '../shell/api.ts'
import { useLive } from '../shell/live.ts'

/** Records of one request arrive over some seconds. The trace is read again after this pause. ms */
const AGAIN_MS = 300

export interface TraceRead {
  readonly trace: TraceLenses | undefined
  readonly isThere: boolean
  readonly error: string
}

/** The trace, read again when more of its records arrive. */
export function useTrace(id: string): TraceRead {
  const [read, setRead] = useState<TraceRead>({ trace: undefined, isThere: true, error: '' })
  const [turn, setTurn] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // A new turn reads the same trace again.
  useEffect(() => {
    const abort = new AbortController()
    readJson<TraceLenses>(`sandbox/traces/${encodeURIComponent(id)}/lenses`, { signal: abort.signal }).then(
      ({ status, value }) => setRead({ trace: value, isThere: status === 200, error: '' }),
      (error: Error) => {
        if (!isAbort(error)) setRead((before) => ({ ...before, error: error.message }))
      },
    )
    return () => abort.abort()
  }, [id, turn])
  useLive(`trace=${encodeURIComponent(id)}`, (event) => {
    if (event && event.requests.length === 0) return
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setTurn((before) => before + 1), AGAIN_MS)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return read
}
