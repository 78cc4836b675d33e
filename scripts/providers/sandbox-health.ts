import { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { getJson } from '../machine/http-json.ts'

const TIMEOUT_MS = 2_000

/** What the sandbox says of itself at `GET /health`; undefined where it does not answer. */
export async function readSandboxHealth(sandbox: string): Promise<SandboxHealth | undefined> {
  const answer = await getJson(`${sandbox}/health`, TIMEOUT_MS)
  return answer && SandboxHealth.safeParse(answer.body).data
}
