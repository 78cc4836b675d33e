import { z } from 'zod'
import { getJson } from '../machine/http-json.ts'
import { poll } from '../machine/poll.ts'
import { accepts, speaksPostgres } from '../machine/port-probe.ts'
import type { ReadySpec } from './spec.ts'

const ATTEMPT_MS = 1000

const health = z.object({ pid: z.number() })

/**
 * Waits until the process answers with its own pid. late: it did not by the deadline (ms). ended: `hasEnded` is true.
 * Throws the reason of `signal`.
 */
export async function waitUntilReady(
  ready: ReadySpec,
  pid: number,
  hasEnded: () => boolean,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
): Promise<'ready' | 'ended' | 'late'> {
  const ask = askerOf(ready, pid, signal)
  const look = async () => {
    if (await ask()) return 'ready'
    return hasEnded() ? 'ended' : undefined
  }
  return (await poll(look, { deadlineMs, everyMs: 50, signal })) ?? 'late'
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
