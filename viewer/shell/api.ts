import { useEffect, useState } from 'preact/hooks'

/** There is no answer, not even an HTTP error. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'

  constructor() {
    super('The sandbox does not answer. npm run status shows whether it is running; npm run setup starts it.')
  }
}

/** `fetch` from the sandbox. Throws an Error with a sentence for the page, or the AbortError. */
export function fetchFromSandbox(pathAndQuery: string, init: RequestInit = {}): Promise<Response> {
  return fetch(new URL(pathAndQuery, document.baseURI), init).catch((error: unknown) => {
    if (isAbort(error)) throw error
    throw new UnreachableError()
  })
}

interface ErrorBody {
  readonly message?: string
  /** Where callers tell errors apart. */
  readonly code?: string
}

/** An answer of the sandbox that is an HTTP error. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly body: ErrorBody

  constructor(status: number, body: ErrorBody) {
    super(body.message ?? `The sandbox answered ${status}.`)
    this.body = body
  }
}

/**
 * Reads JSON from the sandbox, also of a 404. Throws a SandboxError, another Error with a sentence for the page, or the
 * AbortError.
 */
export async function getJson<T>(pathAndQuery: string, init: RequestInit = {}): Promise<T> {
  const response = await fetchFromSandbox(pathAndQuery, init)
  const value = (await response.json().catch((error: unknown) => {
    // A read that was given up while its answer arrived has no value.
    if (isAbort(error)) throw error
    throw new Error(`The sandbox answered ${response.status} without a complete answer.`)
  })) as T & ErrorBody
  // A 404 has a body too: that of a trace says whether it was pruned.
  if (!response.ok && response.status !== 404) throw new SandboxError(response.status, value)
  return value
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/**
 * Reads `address`, and again every `everyMs` while the page is visible. `reload` reads at once; the old value stays until
 * the answer arrives. Nothing is read without an address.
 */
export function useRead<T>(address: string | undefined, everyMs = 0) {
  const [state, setState] = useState<{ address?: string; value?: T; error: string }>({ error: '' })
  const [reloads, setReloads] = useState(0)
  const reload = () => setReloads((before) => before + 1)
  useEffect(() => {
    if (address === undefined) return
    const abort = new AbortController()
    getJson<T>(address, { signal: abort.signal }).then(
      (value) => setState({ address, value, error: '' }),
      (error: Error) => {
        if (!isAbort(error)) setState((before) => ({ ...before, error: error.message }))
      },
    )
    return () => abort.abort()
  }, [address, reloads])
  useEffect(() => {
    if (!everyMs) return
    const timer = setInterval(() => !document.hidden && reload(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return { value: state.address === address ? state.value : undefined, error: state.error, reload }
}
