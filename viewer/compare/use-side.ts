import { useEffect } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { useRead } from '../shell/api.ts'

/** A trace whose records have not arrived is read again after this pause. ms */
const AGAIN_MS = 2_000

/** One of the two traces: not chosen, being read, not readable (with the reason), without any record, or here. */
export type SideState =
  | { readonly state: 'none' }
  | { readonly state: 'loading' }
  | { readonly state: 'wrong'; readonly why: string }
  | { readonly state: 'missing' | 'pruned'; readonly trace: TraceLenses }
  | { readonly state: 'here'; readonly trace: TraceLenses }

export function useSide(id: string): SideState {
  const address = id ? `sandbox/traces/${encodeURIComponent(id)}/lenses` : undefined
  const { value, error, reload } = useRead<TraceLenses>(address)
  const side = sideState(id, value, error)
  useEffect(() => {
    if (side.state !== 'missing') return
    const timer = setInterval(() => !document.hidden && reload(), AGAIN_MS)
    return () => clearInterval(timer)
  }, [side.state, address])
  return side
}

function sideState(id: string, trace: TraceLenses | undefined, error: string): SideState {
  if (!id) return { state: 'none' }
  if (!trace) return error ? { state: 'wrong', why: error } : { state: 'loading' }
  if (trace.spans.length > 0 || trace.segments.length > 0) return { state: 'here', trace }
  return { state: trace.pruned ? 'pruned' : 'missing', trace }
}
