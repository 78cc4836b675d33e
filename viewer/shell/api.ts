/** What the sandbox answers to one of the viewer's reads. Throws an Error with a sentence for who looks at the page. */
export async function getJson<T>(pathAndQuery: string, signal?: AbortSignal): Promise<T> {
  return (await readJson<T>(pathAndQuery, signal ? { signal } : {})).value
}

export async function readJson<T>(
  pathAndQuery: string,
  init: RequestInit = {},
): Promise<{ status: number; value: T }> {
  const response = await fetch(new URL(pathAndQuery, document.baseURI), init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Error('The sandbox does not answer. Is it running? npm run status tells.')
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
