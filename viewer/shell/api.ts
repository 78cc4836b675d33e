import { useEffect, useState } from 'preact/hooks'

/** Reads JSON from the sandbox. Throws an Error with a sentence for the page. */
export async function getJson<T>(pathAndQuery: string, signal?: AbortSignal): Promise<T> {
  return (await readJson<T>(pathAndQuery, signal ? { signal } : {})).value
}

export async function readJson<T>(
  pathAndQuery: string,
  init: RequestInit = {},
): Promise<{ status: number; value: T }> {
  const response = await fetch(new URL(pathAndQuery, document.baseURI), init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Error('The sandbox does not answer. Is it running? npm run status shows it.')
  })
  const value = (await response.json().catch(() => ({}))) as T & { message?: string }
  if (!response.ok && response.status !== 404) {
    throw new Error(value.message ?? `The sandbox answered ${response.status}.`)
  }
  return { status: response.status, value }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

export interface Read<T> {
  readonly value: T | undefined
  readonly error: string
  /** Reads again. The present value stays until the answer arrives. */
  readonly again: () => void
}

/** Reads `address`; `undefined` reads nothing. Reads again every `everyMs` while the page is visible. */
export function useRead<T>(address: string | undefined, everyMs = 0): Read<T> {
  const [state, setState] = useState<{ address?: string; value?: T; error: string }>({ error: '' })
  const [turn, setTurn] = useState(0)
  // A new turn reads the same address again.
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
