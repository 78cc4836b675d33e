import { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { getJson } from '../machine/http-json.ts'

const TIMEOUT_MS = 5_000

/** The sandbox's own `GET /health`; undefined where it does not answer. */
export async function readSandboxHealth(sandbox: string): Promise<SandboxHealth | undefined> {
  return SandboxHealth.safeParse((await getJson(`${sandbox}/health`, TIMEOUT_MS))?.body).data
}

/** What the sandbox has of a trace, for all three providers; undefined where it does not answer, or has none of it. */
export async function readStoredTrace(sandbox: string, traceId: string): Promise<SandboxTrace | undefined> {
  return SandboxTrace.safeParse(await readSandbox(sandbox, `/sandbox/traces/${traceId}`)).data
}

/** The JSON of one of the sandbox's own reads; undefined where it does not answer 200. */
export async function readSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await getJson(`${sandbox}${path}`, TIMEOUT_MS)
  return answer?.status === 200 ? answer.body : undefined
}
