import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { findMarked, resolveFolder } from '../scripts/processes/living.ts'
import { tailSamplingFolder } from '../scripts/tail-sampling/stop.ts'
import { COLLECTOR } from './harness/collector.ts'
import { ROOT, spawnProcess } from './harness/process.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

test('without a collector on this machine, npm run workshop -- collector says where to get one, and ends with 0', async () => {
  const workspace = await createWorkspace()
  const { code, stdout } = await workspace.command('workshop', ['collector'], { PATH: '/nowhere' })
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('There is no otelcol-contrib on this machine’s PATH'),
  ])
  await workspace.dispose()
})

describe.runIf(COLLECTOR.isThere)(
  `the workshop’s collectors (${COLLECTOR.kind})`,
  { timeout: 120_000 },
  () => {
    let workspace: TestWorkspace
    let folder: string
    beforeAll(async () => {
      workspace = await createWorkspace()
      folder = tailSamplingFolder({ WORKSPACE_STATE_DIR: join(workspace.folder, 'state') })
      await workspace.startServices()
    })
    afterAll(() => workspace.dispose())
    const processes = () => findMarked(resolveFolder(folder)).map(({ name }) => name)

    test('every failing request is kept, and chapter 12 finds one', async () => {
      // The check trusts the sandbox that setup has started, and no other.
      const workspace = await createWorkspace()
      onTestFinished(() => workspace.dispose())
      await workspace.setUp()
      const { code, stdout, stderr } = await workspace.command('workshop', ['collector'])
      expect(code, `${stdout}${stderr}`).toBe(0)
      expect(stdout).toContain('Sent and traced: 206 requests, 6 of them failing.')
      expect(stdout).toMatch(/every-error +6 +0 +1\n/)
      expect(stdout).toContain('Every failing request was kept, 6 of 6.')

      // What is stored is what the check looks for.
      const headers = { authorization: 'Bearer canary-token' }
      const { traceId } = await workspace.request('/api/activities/search?term=canary-term', { headers })
      const check = async () => (await workspace.command('workshop', ['12', traceId])).stdout
      await expect
        .poll(check, { timeout: 30_000 })
        .toMatch(
          /✓ the collectors kept an error \(where you ran them\): .*[0-9a-f]{32}, kept by the policy every-error\n\nPassed/,
        )
    })

    test.each(
      scaled(['Sending 206 requests'], ['Starting', 'Sending 206 requests', 'Waiting for the gateway']),
    )('%s: Ctrl-C stops everything; what a killed run leaves, npm stop ends', async (moment) => {
      const start = async () => {
        const run = spawnProcess([join(ROOT, 'scripts/commands/workshop.ts'), 'collector'], workspace.env)
        await expect.poll(() => run.stdout(), { timeout: 30_000, interval: 100 }).toContain(moment)
        await expect.poll(processes).not.toEqual([])
        return run
      }
      const interrupted = await start()
      interrupted.child.kill('SIGINT')
      expect(await interrupted.exited).toBe(130)
      expect([processes(), existsSync(folder)]).toEqual([[], false])
      const killed = await start()
      killed.child.kill('SIGKILL')
      await killed.exited
      await workspace.command('stop')
      expect([processes(), existsSync(folder)]).toEqual([[], false])
    })
  },
)
