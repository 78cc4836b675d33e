import http, { type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LiveEvent } from '../../contracts/sandbox/lists.ts'
import { UserError } from '../../contracts/user-error.ts'
import { parseJson } from '../machine/http-json.ts'
import { probeConnection } from '../machine/probe-socket.ts'

/** An event has at most 120 requests, a few hundred bytes each. Characters */
const MOST_BUFFERED = 16 * 1024 * 1024
/** Between two attempts, ms. */
const RETRY_MS = 500
/** The sandbox sends a comment after 15 s without news. Without one the connection is dead. ms */
const SILENCE_MS = 40_000

export interface LiveListener {
  readonly onEvent: (event: LiveEvent) => void
  /** The feed has begun; `isAgain` after a break, in which requests may have been missed. */
  readonly onOpen?: (isAgain: boolean) => void
  /** The feed has ended, as when the sandbox restarts. */
  readonly onLost?: () => void
}

/**
 * Follows `GET /sandbox/live` until the signal aborts, and connects again whenever the sandbox ends the feed or does not
 * answer. `address` has the filters. Throws a UserError, with the sandbox's message, where it rejects them.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function followRequests(
  address: URL,
  listener: LiveListener,
  signal: AbortSignal,
): Promise<void> {
  let isAgain = false
  let isLost = false
  while (!signal.aborted) {
    const response = await open(address, signal)
    if (response?.statusCode === 200) {
      listener.onOpen?.(isAgain)
      isAgain = true
      isLost = false
      await readEvents(response, listener.onEvent)
    } else if (response) throw await rejection(response)
    if (signal.aborted) return
    if (!isLost) listener.onLost?.()
    isLost = true
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}

/** Undefined where nothing answers. */
function open(address: URL, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  return new Promise((done) => {
    const request = http.get(
      address,
      { createConnection: probeConnection, signal, headers: { accept: 'text/event-stream' } },
      done,
    )
    request.setTimeout(SILENCE_MS, () => request.destroy())
    request.on('error', () => done(undefined))
  })
}

async function rejection(response: IncomingMessage): Promise<UserError> {
  let body = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) body += chunk
  const message = (parseJson(body) as { message?: unknown } | undefined)?.message
  return new UserError({
    code: 'READ_REJECTED',
    what: typeof message === 'string' ? message : `The sandbox answered ${response.statusCode}.`,
    fix: 'npm run traces -- --help lists the filters',
  })
}

/** Ends with the feed, also where the connection breaks. */
async function readEvents(response: IncomingMessage, onEvent: (event: LiveEvent) => void): Promise<void> {
  let buffered = ''
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const blocks = (buffered + chunk).split('\n\n')
      buffered = blocks.pop() ?? ''
      if (buffered.length > MOST_BUFFERED) return void response.destroy()
      for (const block of blocks) {
        const event = LiveEvent.safeParse(dataOf(block)).data
        if (event) onEvent(event)
      }
    }
  } catch {
    // A broken connection: the caller connects again.
  }
}

/** The JSON of an event's data; undefined for comments and other events. */
function dataOf(block: string): unknown {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'))
  return lines.length > 0 ? parseJson(lines.map((line) => line.slice(5)).join('\n')) : undefined
}
