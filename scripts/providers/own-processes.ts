import { z } from 'zod'
import { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { type TelemetryHealth, telemetryHealthSchema } from '../../contracts/telemetry-health.ts'
import { getJson } from '../machine/http-json.ts'

/** How long a process may take to answer. A healthy one needs milliseconds. */
const HEALTH_MS = 3_000
/** How long the sandbox may take to read a trace, which may have thousands of spans. */
const READ_MS = 5_000

/** Whether a process is up, of this version or another. */
export async function isHealthy(url: string): Promise<boolean> {
  return (await getJson(`${url}/health`, HEALTH_MS))?.status === 200
}

/** Whether a process answers at all, ready or not. */
export async function answersHealth(url: string): Promise<boolean> {
  return (await getJson(`${url}/health`, HEALTH_MS)) !== undefined
}

/** The body of `/health/ready`: the dependencies that the process cannot reach, as words that a printed command may have. */
const readinessSchema = z.object({ missing: z.array(z.string().regex(/^[a-z][a-z-]*$/)) })

/** What a process cannot reach, as it says itself with a 503; empty where it is ready, or does not answer. */
export async function readMissing(url: string): Promise<readonly string[]> {
  const answer = await getJson(`${url}/health/ready`, HEALTH_MS)
  return answer?.status === 503 ? (readinessSchema.safeParse(answer.body).data?.missing ?? []) : []
}

/** A backend's own account of its telemetry; undefined where no backend of this version answers at `url`. */
export async function readTelemetryHealth(url: string): Promise<TelemetryHealth | undefined> {
  const answer = await getJson(`${url}/health/telemetry`, HEALTH_MS)
  return answer?.status === 200 ? telemetryHealthSchema.safeParse(answer.body).data : undefined
}

/** The sandbox's own `GET /health`; undefined where it does not answer. */
export async function readSandboxHealth(sandbox: string): Promise<SandboxHealth | undefined> {
  return SandboxHealth.safeParse((await getJson(`${sandbox}/health`, HEALTH_MS))?.body).data
}

/** What the sandbox has of a trace, for all three providers; undefined where it does not answer, or has none of it. */
export async function readStoredTrace(sandbox: string, traceId: string): Promise<SandboxTrace | undefined> {
  return SandboxTrace.safeParse(await readSandbox(sandbox, `/sandbox/traces/${traceId}`)).data
}

/** The JSON of one of the sandbox's own reads; undefined where it does not answer 200. */
export async function readSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await getJson(`${sandbox}${path}`, READ_MS)
  return answer?.status === 200 ? answer.body : undefined
}
