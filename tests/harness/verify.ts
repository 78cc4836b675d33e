import type { Verification } from './stored-trace.ts'
import type { TestWorkspace } from './workspace.ts'

/** The states of Honeycomb, X-Ray and Rollbar, in this order. */
export const states = ({ providers }: Verification) => [
  providers.honeycomb.state,
  providers.xray.state,
  providers.rollbar.state,
]

/** Runs verify as a process; what is missing is waited for no longer than three seconds. */
export async function verify(workspace: TestWorkspace, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await workspace.command('verify', ['--json', '--timeout', '3'], env)
  return { code, stderr, verification: JSON.parse(stdout) as Verification }
}
