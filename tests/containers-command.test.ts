import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DockerAnswers, fakeDocker, psLines } from './harness/fake-docker.ts'
import { freePorts } from './harness/ports.ts'
import { sharedWorkspace } from './harness/shared-workspace.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs `npm run containers` with a docker that gives these answers. */
async function containers(
  workspace: Pick<TestWorkspace, 'command'>,
  args: readonly string[],
  answers: DockerAnswers = {},
) {
  const docker = fakeDocker(folder, answers)
  const { code, stdout, stderr } = await workspace.command('containers', args, {
    PATH: `${docker.folder}:/usr/bin:/bin`,
  })
  return { code, text: stdout + stderr, asked: docker.asked() }
}

const tcp = (published: number, target: number) => ({ published, target, protocol: 'tcp' as const })

describe('npm run containers -- up', () => {
  test('says that the workspace runs before anything is built', async () => {
    const workspace = await sharedWorkspace()
    const { api, sandbox } = workspace.ports
    const ports = [tcp(api, 4567), tcp(sandbox, 4318)]
    const { code, text, asked } = await containers(workspace, ['up', 'local'], { ports })
    expect(code, text).toBe(1)
    expect(text).toContain(
      `✗ The workspace runs (npm run status), and has the ports ${Math.min(api, sandbox)}, ${Math.max(api, sandbox)}, which the containers publish.`,
    )
    expect(text).toMatch(/\n {4}npm stop\n {4}npm run containers -- up local\n$/)
    expect(asked).toEqual([])
  })

  test('starts the profile, also where it runs already, proves it, and says what comes next', async () => {
    const workspace = await createWorkspace({ HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'false' })
    const [free = 0] = await freePorts(1)
    const answers = { ps: psLines(['live-api', 'sandbox-alone']), ports: [tcp(free, 4567)] }
    const { code, text, asked } = await containers(workspace, ['up', 'live'], answers)
    expect(asked, text).toEqual(['compose --profile live up --build --detach --wait'])
    // Nothing has really started here.
    expect(code).toBe(1)
    expect(text).toContain('✗ The api does not answer')
    expect(text).toMatch(
      /Containers create nothing in your AWS account. Its group and sampling rules:\n {2}npm run aws\n/,
    )
    await workspace.dispose()
  })

  test('where Compose fails, says where its logs are; a wrong profile is an error of usage', async () => {
    const workspace = await createWorkspace()
    const failed = await containers(workspace, ['up', 'local'], { upCode: 17 })
    expect([failed.code, failed.text]).toEqual([1, expect.stringContaining('docker compose ended with 17')])
    expect(failed.text).toContain('docker compose --profile local logs')
    const { code, text } = await containers(workspace, ['up', 'lokal'])
    expect([code, text]).toEqual([2, expect.stringContaining('There is no profile lokal.')])
    await workspace.dispose()
  })

  test('down ends whichever profile runs', async () => {
    const workspace = await createWorkspace()
    const { code, asked } = await containers(workspace, ['down'])
    expect([code, asked]).toEqual([0, ['compose --profile * down']])
    await workspace.dispose()
  })
})
