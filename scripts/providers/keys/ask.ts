/** More than any of the providers takes when it is well. */
const TIMEOUT_MS = 8_000

export interface Answered {
  readonly status: number
  /** Parsed JSON; undefined for anything else. */
  readonly body: unknown
  /** The provider's own clock, epoch milliseconds. */
  readonly clockMs: number | undefined
}

/** Asks a provider; a sentence where it could not be asked. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs = TIMEOUT_MS,
): Promise<Answered | string> {
  const { host } = new URL(url)
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
    const date = Date.parse(response.headers.get('date') ?? '')
    const text = await response.text()
    return { status: response.status, body: parse(text), clockMs: Number.isNaN(date) ? undefined : date }
  } catch (error) {
    return `${host} ${whyNot(error, timeoutMs)}`
  }
}

/** Whether a text can be a header's value at all: a line break or an odd kind of space that was pasted along cannot. */
export function isSendable(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/** How a request failed, as the end of a sentence that begins with the host. */
function whyNot(error: unknown, timeoutMs: number): string {
  const { name, cause } = error as Error & { cause?: { code?: string } }
  const code = cause?.code
  if (name === 'TimeoutError') return `did not answer within ${timeoutMs / 1000} s`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'cannot be found: there is no network, or no such host'
  if (code?.startsWith('ERR_TLS') || code?.includes('CERT')) {
    return `has a certificate that this machine does not trust (${code}): a proxy in between?`
  }
  // Never the message: of a header that cannot be sent it quotes the value, which is a key.
  return `cannot be reached (${code ?? name})`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
