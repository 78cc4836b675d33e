import { get } from 'node:http'

const MAX_BYTES = 1024 * 1024

export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * Asks a process of ours for JSON; undefined where there is no answer within the time (ms) or it is not JSON.
 * A connection of its own, closed at once: one kept alive would hold up the server's closing, and no proxy is asked.
 */
export function getJson(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<JsonAnswer | undefined> {
  const limit = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: signal ? AbortSignal.any([signal, limit]) : limit })
    request.on('error', () => resolve(undefined))
    request.on('response', async (response) => {
      try {
        let text = ''
        response.setEncoding('utf8')
        for await (const chunk of response) {
          text += chunk
          if (text.length > MAX_BYTES) throw new Error('too long')
        }
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
      } catch {
        request.destroy()
        resolve(undefined)
      }
    })
  })
}
