import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Container } from '../../contracts/container.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import { type AnsweringContainer, askContainers, type Containers } from './answering.ts'
import { containerLogs, endContainers, nameContainers, startContainers } from './commands.ts'

beforeEach(() => vi.stubEnv('COMPOSE_PROJECT_NAME', 'Tracing'))
afterEach(() => vi.unstubAllEnvs())

const ID = '3f2a9c0d1e4b'

/** What answers where these containers do. */
async function answering(containers: Partial<Record<AnsweringContainer['name'], unknown>>) {
  const servers = await Promise.all(
    Object.entries(containers).map(async ([name, container]) => {
      const server = await ProviderServer.start(always(200, { status: 'ok', pid: 7, container }))
      return [name as AnsweringContainer['name'], server] as const
    }),
  )
  const found = await askContainers(servers.map(([name, server]) => [name, server.url]))
  for (const [, server] of servers) await server[Symbol.asyncDispose]()
  return found
}

async function describe(containers: Partial<Record<AnsweringContainer['name'], Container>>) {
  const found = (await answering(containers)) as Containers
  return [
    nameContainers(found),
    containerLogs(found, ['api', 'daemon']),
    startContainers(found),
    endContainers(found),
  ]
}

const of = (service: string, project = 'tracing'): Container => ({ id: ID, project, service })

test('containers of a profile are operated by its services', async () => {
  expect(await describe({ api: of('api'), sandbox: of('sandbox') })).toEqual([
    'Docker Compose (profile local)',
    'docker compose --profile local logs api sandbox',
    'docker compose --profile local up --detach --wait',
    'docker compose --profile local down',
  ])
  expect((await describe({ api: of('live-api'), sandbox: of('sandbox-alone') }))[1]).toBe(
    'docker compose --profile live logs live-api xray-daemon',
  )
  expect((await describe({ profiles: of('collected-profiles') }))[1]).toBe(
    'docker compose --profile collector logs collected-api collector',
  )
})

test('a service of several profiles leaves the profile open', async () => {
  expect(await describe({ sandbox: of('sandbox-alone') })).toEqual([
    'Docker Compose',
    "docker compose --profile '*' logs",
    "docker compose --profile '*' up --detach --wait",
    "docker compose --profile '*' down",
  ])
})

test('another folder’s project is named, and every command has it', async () => {
  const [name, ...commands] = await describe({ api: of('api', 'elsewhere') })
  expect(name).toBe('Docker Compose (profile local, project elsewhere)')
  for (const command of commands) expect(command).toMatch(/^docker compose --project-name elsewhere /)
})

test('an image that Docker runs by itself is operated by its id', async () => {
  expect(await describe({ sandbox: { id: ID } })).toEqual([
    `the container ${ID}`,
    'docker ps --all',
    `docker stop ${ID}, then npm run setup,`,
    `docker stop ${ID}`,
  ])
  const found = (await answering({ sandbox: { id: ID } })) as Containers
  expect(containerLogs(found, ['sandbox'])).toBe(`docker logs ${ID}`)
  const pod = (await answering({ api: { id: 'api-7d9c-x2x' } })) as Containers
  expect(containerLogs(pod, [])).toBe('the log of the container api-7d9c-x2x')
  expect(endContainers(pod)).toBe('end them where they were started')
})

test.each([
  undefined,
  'image',
  { id: `${ID}\u001b[31m` },
  { id: ID, project: '; rm -r ~', service: 'api' },
  { id: ID, project: 'a', service: '$(id)' },
])('an answer with container %j is no container', async (container) => {
  expect(await answering({ api: container })).toBeUndefined()
})

test('a program that answers nothing, or no JSON, is no container', async () => {
  await using server = await ProviderServer.start((_, response) => response.end('<html>'))
  expect(
    await askContainers([
      ['api', server.url],
      ['sandbox', 'http://127.0.0.1:1'],
    ]),
  ).toBeUndefined()
})
