import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT, spawnProcess } from './harness/process.ts'
import { ProviderServer } from './harness/provider-server.ts'
import { createWorkspace } from './harness/workspace.ts'

/** Chapter 11's digest, while it waits for the api's posts. The job has the command's streams, so both have ended when these close. */
async function startWaitingDigest() {
  const waiting: ServerResponse[] = []
  const api = await ProviderServer.start(({ url }, response) => {
    if (url === '/health') response.end('{}')
    else waiting.push(response)
  })
  const workspace = await createWorkspace({ PORT: new URL(api.url).port })
  onTestFinished(async () => {
    await workspace.dispose()
    await api[Symbol.asyncDispose]()
  })
  const command = [join(ROOT, 'scripts', 'commands', 'workshop.ts'), 'digest']
  const { child, output } = spawnProcess(command, workspace.env, { detached: true })
  const closed = once(child, 'close')
  await expect.poll(() => waiting.length, { timeout: 30_000, interval: 50 }).toBe(1)
  const answer = () => waiting[0]?.end('[]')
  return { child, output, closed, answer, hasState: () => existsSync(join(workspace.folder, 'state', 'run')) }
}

test('Ctrl-C ends the digest and its job', async () => {
  const { child, closed, hasState } = await startWaitingDigest()
  // A terminal sends it to every process of the command.
  process.kill(-(child.pid ?? 0), 'SIGINT')
  expect([await closed, hasState()]).toEqual([[null, 'SIGINT'], false])
})

test('the job of a digest that is killed ends with its one request', async () => {
  const { child, output, closed, answer, hasState } = await startWaitingDigest()
  child.kill('SIGKILL')
  await once(child, 'exit')
  answer()
  expect([await closed, hasState()]).toEqual([[null, 'SIGKILL'], false])
  expect(output()).toMatch(/^Trace [0-9a-f]{32}/m)
})
