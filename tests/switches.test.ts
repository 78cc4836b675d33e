import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningProcess, startDatabase, startProcess } from './harness/process.ts'
import { states, verify } from './harness/verify.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('a provider that is off', () => {
  let workspace: TestWorkspace
  let sandbox: RunningProcess
  let database: RunningProcess

  beforeAll(async () => {
    workspace = await createWorkspace()
    sandbox = await startProcess(['sandbox/server.ts'], workspace.env, `${workspace.sandbox}/health`)
    database = await startDatabase(workspace.env)
  })

  afterAll(async () => {
    await database.stop()
    await sandbox.stop()
    await workspace.dispose()
  })

  test.each([
    ['X-Ray', { XRAY_ENABLED: 'false' }, ['found', 'off', 'found']],
    ['Honeycomb', { HONEYCOMB_ENABLED: 'false' }, ['off', 'found', 'found']],
    ['Rollbar', { ROLLBAR_ENABLED: 'false' }, ['found', 'found', 'off']],
  ] as const)('%s: has nothing, while the others have all', async (_name, off, expected) => {
    const env = { ...workspace.env, ...off }
    const health = (port: number) => `http://127.0.0.1:${port}/health`
    const services: RunningProcess[] = []
    const start = async (name: 'profiles' | 'api') => {
      const args = ['--import', `./backend/${name}/instrumentation.ts`, `backend/${name}/server.ts`]
      services.push(await startProcess(args, env, health(workspace.ports[name])))
    }
    try {
      // Both to their end, so that neither is left behind where the other fails.
      for (const one of await Promise.allSettled([start('profiles'), start('api')])) {
        if (one.status === 'rejected') throw one.reason
      }
      const { code, verification } = await verify(workspace, off)
      expect(code, JSON.stringify(verification)).toBe(0)
      expect(states(verification)).toEqual(expected)
      const stored = await workspace.trace(verification.traceId)
      const amounts = [
        stored.honeycomb.spans.length,
        stored.xray.segments.length,
        stored.rollbar.items.length,
      ]
      expect(amounts.map((amount) => (amount > 0 ? 'found' : 'off'))).toEqual(expected)
    } finally {
      for (const service of services) await service.stop()
    }
  })
})
