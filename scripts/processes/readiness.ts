import { connect } from 'node:net'
import { z } from 'zod'
import { poll } from './deadline.ts'
import { getJson } from './http-json.ts'
import type { ReadySpec } from './spec.ts'

const ATTEMPT_MS = 1000

const health = z.object({ pid: z.number() })

/** Waits until the process answers for itself; false once the deadline (ms) has passed. Throws what `signal` aborts with. */
export async function waitUntilReady(
  ready: ReadySpec,
  pid: number,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
): Promise<boolean> {
  const ask =
    ready.kind === 'http' ? () => answersAs(ready.url, pid, signal) : () => accepts(ready.host, ready.port)
  const answer = await poll(async () => (await ask()) || undefined, { deadlineMs, everyMs: 50, signal })
  return answer === true
}

async function answersAs(url: string, pid: number, signal: AbortSignal): Promise<boolean> {
  const answer = await getJson(url, ATTEMPT_MS, signal)
  return answer?.status === 200 && health.safeParse(answer.body).data?.pid === pid
}

/** Whether something accepts TCP connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}
