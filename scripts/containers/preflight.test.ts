import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { type DockerAnswers, fakeDocker, psLines } from '../../tests/harness/fake-docker.ts'
import { freePort } from '../../tests/harness/ports.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import type { Profile } from './compose-file.ts'
import { checkBeforeUp } from './preflight.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function check(profile: Profile, answers: DockerAnswers = {}): Promise<void> {
  const docker = fakeDocker(folder, answers)
  vi.stubEnv('PATH', `${docker.folder}:/usr/bin:/bin`)
  const settings = readSettings({ WORKSPACE_ENV_FILE: join(folder, '.env'), WORKSPACE_STATE_DIR: folder })
  await checkBeforeUp(profile, settings).finally(() => expect(docker.asked()).toEqual([]))
}

const published = (port: number, target = 13133) => [{ published: port, target, protocol: 'tcp' as const }]

test.each(['local', 'collector'] as const)(
  'another profile that runs (%s) is named, with what ends it',
  async (other) => {
    const services =
      other === 'local' ? ['postgres', 'api', 'sandbox'] : ['sandbox-alone', 'collector-gateway', 'collector']
    await expect(check('live', { ps: psLines(services) })).rejects.toMatchObject({
      code: 'PROFILE_RUNS',
      message: `The containers of profile ${other} run, with ports that profile live publishes too.`,
      fix: expect.stringContaining('\n    npm run containers -- down\n    npm run containers -- up live'),
    })
  },
)

test('the same profile may run, and its own ports are no obstacle', async () => {
  await using server = await ProviderServer.start(always(200, {}))
  const port = Number(new URL(server.url).port)
  const ps = psLines(['live-api', 'postgres'], { live: port })
  await check('live', { ps, ports: published(port) })
  // Compose up to 2.20 prints one array.
  await check('live', { ps: `[${ps.split('\n').join(',')}]`, ports: published(port) })
})

test('a container that has ended holds nothing', async () => {
  await check('live', { ps: psLines(['api'], { state: 'exited' }), ports: published(await freePort()) })
})

test('a port that another program holds is named with the holder', async () => {
  await using server = await ProviderServer.start(always(404, {}))
  const port = Number(new URL(server.url).port)
  await expect(check('collector', { ports: published(port) })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(
      new RegExp(`^The containers publish port ${port} \\(TCP\\), taken by .* \\(pid ${process.pid}\\)\\.$`),
    ),
    fix: expect.stringMatching(/\n {4}npm run containers -- up collector$/),
  })
})

const NO_ENGINE =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n'
const DENIED = 'permission denied while trying to connect to the Docker daemon socket\n'

test.each([
  ['COMPOSE_MISSING', { versionCode: 1 }, 'This Docker has no Compose 2', 'docs.docker.com/compose/install'],
  ['ENGINE_DOWN', { ps: { error: NO_ENGINE } }, NO_ENGINE.trim(), 'then run this again'],
  ['ENGINE_DOWN', { ps: { error: DENIED } }, DENIED.trim(), 'sudo usermod --append --groups docker'],
])('%s with %j', async (code, answers, what, fix) => {
  await expect(check('local', answers)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(what),
    fix: expect.stringContaining(fix),
  })
})

test('without docker the error says where it comes from', async () => {
  vi.stubEnv('PATH', folder)
  const settings = readSettings({ WORKSPACE_ENV_FILE: join(folder, '.env') })
  await expect(checkBeforeUp('local', settings)).rejects.toMatchObject({ code: 'DOCKER_MISSING' })
})
