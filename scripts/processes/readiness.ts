import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { getJson } from '../machine/http-json.ts'
import { poll } from '../machine/poll.ts'
import type { ReadySpec } from './spec.ts'

const ATTEMPT_MS = 1000

const health = z.object({ pid: z.number() })

/** Waits until the process answers for itself; false once the deadline (ms) has passed. Throws what `signal` aborts with. */
export async function waitUntilReady(
  ready: ReadySpec,
  pid: number,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
): Promise<boolean> {
  const ask = askerOf(ready, pid, signal)
  const answer = await poll(async () => (await ask()) || undefined, { deadlineMs, everyMs: 50, signal })
  return answer === true
}

function askerOf(ready: ReadySpec, pid: number, signal: AbortSignal): () => Promise<boolean> {
  switch (ready.kind) {
    case 'http':
      return () => answersAs(ready.url, pid, signal)
    case 'postgres':
      return () => speaksPostgres(ready.host, ready.port)
    case 'tcp':
      return () => accepts(ready.host, ready.port)
  }
}

async function answersAs(url: string, pid: number, signal: AbortSignal): Promise<boolean> {
  const answer = await getJson(url, ATTEMPT_MS, signal)
  return answer?.status === 200 && health.safeParse(answer.body).data?.pid === pid
}

/** Whether something accepts TCP connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return attempt(host, port, (socket, settle) => socket.once('connect', () => settle(true)))
}

/** An SSLRequest: its length and its code. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * Whether a Postgres server answers there: it is asked for TLS, and says `S` or `N`. That something accepts is not
 * enough, since the process tries its own port before it has a database to serve.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export function speaksPostgres(host: string, port: number): Promise<boolean> {
  return attempt(host, port, (socket, settle) => {
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', (answer) => settle(answer[0] === 0x53 || answer[0] === 0x4e))
    socket.once('close', () => settle(false))
  })
}

function attempt(
  host: string,
  port: number,
  listen: (socket: Socket, settle: (answer: boolean) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
    listen(socket, settle)
  })
}
