import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTelemetryHealth } from '../scripts/providers/own-processes.ts'
import type { RunningProcess } from './harness/process.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let workspace: TestWorkspace
let api: RunningProcess

/** Nothing else runs: every delivery fails, and the api has much to say about it. */
beforeAll(async () => {
  workspace = await createWorkspace()
  api = await workspace.start('api')
})

afterAll(async () => {
  api.child.kill('SIGKILL')
  await workspace.dispose()
})

test('a service whose output has no reader keeps running, and ends on SIGTERM', async () => {
  api.child.stdout?.destroy()
  api.child.stderr?.destroy()
  expect((await fetch(`${workspace.api}/rollbar/test`)).status).toBe(500)
  const isFailing = async () => {
    const rollbar = (await readTelemetryHealth(workspace.api))?.providers.rollbar
    return rollbar?.enabled && rollbar.failing
  }
  // By then it has written to the closed pipe.
  await expect.poll(isFailing, { timeout: 15_000, interval: 200 }).toBe(true)
  expect((await fetch(`${workspace.api}/health`)).status).toBe(200)
  const stoppedAt = performance.now()
  expect(await api.stop()).toBe(0)
  expect(performance.now() - stoppedAt).toBeLessThan(10_000)
})
