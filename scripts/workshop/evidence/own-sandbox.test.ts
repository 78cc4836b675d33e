import { realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../../settings/read.ts'
import { startMarked } from '../../../tests/harness/clone.ts'
import { temporaryFolder } from '../../../tests/harness/temporary-folder.ts'
import { findSandboxTrouble } from './own-sandbox.ts'
import { openSources } from './sources.ts'

async function findTrouble(port: number, env: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder()
  const all = {
    WORKSPACE_STATE_DIR: folder,
    WORKSPACE_ENV_FILE: `${folder}/.env`,
    SANDBOX_PORT: String(port),
    ...env,
  }
  using sources = openSources(readSettings(all), all)
  return await findSandboxTrouble(sources)
}

async function troubleAt(port: number, env: Readonly<Record<string, string>> = {}) {
  return (await findTrouble(port, env))?.code
}

/** The port of a server that answers like this at `/health`. */
async function serve(body: object): Promise<number> {
  const server = createServer((_request, response) => response.end(JSON.stringify(body)))
  server.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test.each([
  ['another workspace’s sandbox', { status: 'ok', service: 'sandbox', pid: 1 }],
  ['another program', { hello: 'world' }],
])('%s at the address is not this workspace’s', async (_what, body) => {
  expect(await troubleAt(await serve(body))).toBe('SANDBOX_FOREIGN')
})

test.runIf(process.platform === 'linux')('another clone’s is named with its folder', async () => {
  const { port } = await startMarked('/home/ada/tracing/.workspace', { name: 'sandbox' })
  expect(await findTrouble(port)).toMatchObject({
    code: 'OTHER_WORKSPACE',
    what: expect.stringContaining('is that of the workspace in /home/ada/tracing, not of '),
    fix: expect.stringMatching(/npm run env -- --ports 2\d{3}0\n {4}npm run setup$/),
  })
})

test.runIf(process.platform === 'linux')(
  'ours without a state file is told as by npm run status',
  async () => {
    const folder = join(realpathSync(temporaryFolder()), 'deleted')
    const { port, pid } = await startMarked(folder, { name: 'sandbox' })
    expect(await findTrouble(port, { WORKSPACE_STATE_DIR: folder })).toMatchObject({
      code: 'LEFT_RUNNING',
      what: expect.stringContaining(`Running, and in no state file of this folder: sandbox (pid ${pid}).`),
    })
  },
)

test('nothing at the address', async () => {
  expect(await troubleAt(1)).toBe('SANDBOX_DOWN')
})

test('where no provider is local, no sandbox is needed', async () => {
  const off = { HONEYCOMB_ENABLED: 'false', XRAY_ENABLED: 'false', ROLLBAR_ENABLED: 'false' }
  expect(await troubleAt(1, off)).toBeUndefined()
})
