import { getJson } from '../machine/http-json.ts'
import { accepts, speaksPostgres } from '../machine/port-probe.ts'
import type { ReadySpec } from './spec.ts'

/** How long a process may take to answer one question about its health (ms). */
const ATTEMPT_MS = 1000

/** Whether a process that starts is ready: it answers; by HTTP it has to answer with its own pid. */
export async function isReady(ready: ReadySpec, pid: number, signal: AbortSignal): Promise<boolean> {
  if (ready.kind !== 'http') {
    return ready.kind === 'postgres'
      ? speaksPostgres(ready.host, ready.port)
      : accepts(ready.host, ready.port)
  }
  const answer = await getJson(ready.url, ATTEMPT_MS, signal)
  return answer?.status === 200 && (answer.body as { pid?: unknown } | null)?.pid === pid
}
