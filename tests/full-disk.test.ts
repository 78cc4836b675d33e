import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningProcess, startProcess } from './harness/process.ts'
import { run } from './harness/run.ts'
import { createWorkspace, states, type TestWorkspace } from './harness/workspace.ts'

/** Limits for the size of a file in blocks of 512 bytes (POSIX's ulimit). With 1 MB the store is created, and soon full. */
const BLOCKS = 2_048
const TOO_FEW_BLOCKS = 16

/**
 * A limit on the size of files gives a process the same errors as a full disk, and needs no root.
 */
const limited = (blocks: number, ...args: string[]) => [
  '-c',
  // $0 is the limit, $@ the command.
  'ulimit -f "$0"; exec "$@"',
  String(blocks),
  process.execPath,
  ...args,
]

describe('where the sandbox’s disk is full', () => {
  let workspace: TestWorkspace
  let limitedSandbox: RunningProcess

  beforeAll(async () => {
    workspace = await createWorkspace()
    const { sandbox, env } = workspace
    limitedSandbox = await startProcess(limited(BLOCKS, 'sandbox/server.ts'), env, `${sandbox}/health`, {
      program: 'sh',
    })
    await Promise.all([workspace.start('profiles'), workspace.start('api')])
    // Smaller and smaller items, until none fits.
    for (const size of [100_000, 1_000, 10]) await fill(size)
  })

  afterAll(async () => {
    await workspace.stopServices()
    await limitedSandbox.stop()
    await workspace.dispose()
  })

  /** Sends items of this size until the sandbox has no room for another. */
  async function fill(size: number): Promise<void> {
    const item = { data: { environment: 'test', body: { message: { body: 'x'.repeat(size) } } } }
    for (let count = 0; count < 1_000; count++) {
      const response = await fetch(`${workspace.sandbox}/api/1/item/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-rollbar-access-token': 'sandbox' },
        body: JSON.stringify(item),
      })
      await response.arrayBuffer()
      if (response.status === 503) return
    }
    throw new Error(`there was room for 1,000 items of ${size} bytes`)
  }

  test('verify finds nothing in any provider, and says that the disk is full', async () => {
    const verification = await workspace.verify()
    expect(verification.ok).toBe(false)
    expect(states(verification)).toEqual(['missing', 'missing', 'missing'])
    expect(verification.problems).toEqual([
      {
        code: 'SANDBOX_DISK_FULL',
        what: expect.stringMatching(/^Nothing was stored: the sandbox cannot write to its disk \(.+\)\.$/),
        fix: expect.stringContaining('Make room'),
      },
    ])
  })

  test('requests are still answered', async () => {
    expect((await fetch(`${workspace.api}/api/activities/home`)).status).toBe(200)
  })
})

test('a sandbox that cannot create its store says that the disk is full, and what to do', async () => {
  const workspace = await createWorkspace()
  const options = { cwd: process.cwd(), env: workspace.env }
  const { code, stderr } = await run('sh', limited(TOO_FEW_BLOCKS, 'sandbox/server.ts'), options)
  await workspace.dispose()
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^✗ \S+sandbox\.sqlite cannot be written \(.+\)\.\n {2}→ Make room on its disk; [^\n]+\n$/,
  )
})
