import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { requireApi } from '../load/prepare.ts'
import { planProcesses } from '../processes/plan.ts'
import { inherited } from '../processes/spawn.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FILE = join('backend', 'digest', 'digest.ts')

/**
 * Runs the digest of chapter 11 once, against the running api and with the api's settings. Throws a UserError where the
 * api does not answer, or the digest fails; its own error is above that then.
 */
export async function runDigest(settings: Settings): Promise<void> {
  await requireApi(settings)
  const api = planProcesses(settings, resolveProviders(settings)).find(({ name }) => name === 'api')
  // A job that runs once a night keeps every trace: the rules are for the many requests of a server.
  const env = { ...inherited(process.env), ...api?.env, OTEL_TRACES_SAMPLER: 'parentbased_always_on' }
  const digest = spawn(process.execPath, [FILE], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(digest, 'exit')) as [number | null]
  if (code === 0) return
  throw new UserError({
    code: 'DIGEST_FAILED',
    what: `${FILE} ended with ${code ?? 'a signal'}.`,
    fix: 'Its error is above. npm run workshop -- 11 --solution shows how the solution differs from your file',
  })
}
