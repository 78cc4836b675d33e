import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectAllStored, loadUntil } from '../harness/load-until.ts'
import { spawnProcess } from '../harness/process.ts'
import { IS_LONG, scaled } from '../harness/scale.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

const LOAD = { requests: scaled(80, 2_000), perSecond: scaled(100, 200) }
const READY_MS = 30_000

let workspace: TestWorkspace

beforeEach(async () => {
  workspace = await createWorkspace({}, { database: 'embedded' })
})

afterEach(() => workspace.dispose())

describe(`${LOAD.requests} requests at ${LOAD.perSecond}/s, stopped in the middle: everything answered is in every store`, () => {
  // In the short run one-trace.test.ts stops a workspace in the middle of a load.
  test.runIf(IS_LONG)('npm stop', async () => {
    await workspace.setUp()
    const answered = await loadUntil(workspace, LOAD, () => workspace.command('stop'))
    await workspace.startSandboxHere()
    await expectAllStored(workspace, answered)
  })

  test('Ctrl-C on npm start', async () => {
    // npm and what it starts are a process group, as they are on a terminal.
    const started = spawnProcess(['start'], workspace.env, { program: 'npm', detached: true })
    await expect.poll(isUp, { timeout: READY_MS, interval: 100 }).toBe(true)
    const answered = await loadUntil(workspace, LOAD, async () => {
      // A terminal signals every process of the foreground group: npm, its shell, the bootstrap and the command.
      process.kill(-(started.child.pid ?? Number.NaN), 'SIGINT')
      // npm's shell gets the signal too, so that npm reports the signal even if the command ended with 0.
      const code = await started.exited
      expect(started.child.signalCode ?? code, started.output()).toBeOneOf([0, 'SIGINT'])
      expect(started.output()).toContain('Stopped: api, profiles, database, sandbox')
    })
    await workspace.startSandboxHere()
    await expectAllStored(workspace, answered)
  })
})

async function isUp(): Promise<boolean> {
  const answers = [`${workspace.api}/health`, `${workspace.profiles}/health`].map((url) =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return (await Promise.all(answers)).every(Boolean)
}
