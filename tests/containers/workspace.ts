import { join } from 'node:path'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { SETTINGS } from '../../settings/catalogue.ts'
import { ROOT } from '../harness/process.ts'
import { type Finished, run } from '../harness/run.ts'
import type { StoredTrace } from '../harness/stored-trace.ts'
import { eventually } from '../harness/wait-for.ts'

/** The addresses at which docker-compose.yml publishes the services. */
export const API = `http://127.0.0.1:${SETTINGS.PORT.default}`
export const SANDBOX = `http://127.0.0.1:${SETTINGS.SANDBOX_PORT.default}`
export const DAEMON = `http://${SETTINGS.AWS_XRAY_DAEMON_ADDRESS.default}`

/** Runs a command of this clone beside the containers, without any setting. */
export function command(name: string, args: readonly string[], folder: string): Promise<Finished> {
  return run(process.execPath, [join(ROOT, 'scripts/commands', `${name}.ts`), ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '/',
      WORKSPACE_STATE_DIR: join(folder, 'state'),
      WORKSPACE_ENV_FILE: join(folder, '.env'),
    },
  })
}

/** Sends the api a request whose trace is sampled. Returns its trace id, or undefined without this answer. */
export async function request(path = '/api/activities/home', status = 200): Promise<string | undefined> {
  const traceId = newTraceId()
  const headers = { traceparent: `00-${traceId}-${newSpanId()}-01` }
  try {
    const response = await fetch(`${API}${path}`, { headers, signal: AbortSignal.timeout(20_000) })
    await response.arrayBuffer()
    return response.status === status ? traceId : undefined
  } catch {
    return undefined
  }
}

async function traceOf(id: string): Promise<StoredTrace> {
  const response = await fetch(`${SANDBOX}/sandbox/traces/${id}`)
  return (await response.json()) as StoredTrace
}

/** Those of these traces that have at least so many spans and segments, once all have or time is up. */
export async function complete(
  ids: readonly string[],
  { spans = 5, segments = 2, withinMs = 15_000 } = {},
): Promise<string[]> {
  const found = new Set<string>()
  const look = async () => {
    for (const id of ids) {
      if (found.has(id)) continue
      const { honeycomb, xray } = await traceOf(id)
      if (honeycomb.spans.length >= spans && xray.segments.length >= segments) found.add(id)
    }
    return found.size
  }
  await eventually(look, (count) => count === ids.length, withinMs).catch(() => {})
  return [...found]
}
