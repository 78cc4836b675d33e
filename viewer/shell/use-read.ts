import { useEffect, useState } from 'preact/hooks'
import { getJson, isAbort } from './api.ts'

export interface Read<T> {
  readonly value: T | undefined
  readonly error: string
  /** Reads again, leaving what is shown until the answer is there. */
  readonly again: () => void
}

/** What `address` answers; `undefined` reads nothing. Read again whenever `everyMs` has passed, while it is looked at. */
export function useRead<T>(address: string | undefined, everyMs = 0): Read<T> {
  const [state, setState] = useState<{ address?: string; value?: T; error: string }>({ error: '' })
  const [turn, setTurn] = useState(0)
  // A new turn reads the same address again
  useEffect(() => {
    if (address === undefined) return
    const abort = new AbortController()
    getJson<T>(address, abort.signal).then(
      (value) => setState({ address, value, error: '' }),
      (error: unknown) => {
        if (isAbort(error)) return
        setState((before) => ({ ...before, error: error instanceof Error ? error.message : String(error) }))
      },
    )
    return () => abort.abort()
  }, [address, turn])
  useEffect(() => {
    if (!everyMs) return
    const timer = setInterval(() => {
      if (!document.hidden) setTurn((before) => before + 1)
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return {
    value: state.address === address ? state.value : undefined,
    error: state.error,
    again: () => setTurn((before) => before + 1),
  }
}
