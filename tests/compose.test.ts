import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { isAllowedHost } from '../contracts/host-names.ts'
import { PROFILES as PROFILE_NAMES, profileOf, serviceOf } from '../scripts/containers/compose-file.ts'
import { isSettingName, SETTINGS, type Setting } from '../settings/catalogue.ts'
import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { composeText, namesOf, readCompose } from './harness/compose.ts'
import { findProgram, ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'

const PORT = {
  api: SETTINGS.PORT.default,
  profiles: SETTINGS.PROFILES_PORT.default,
  sandbox: SETTINGS.SANDBOX_PORT.default,
  grpc: SETTINGS.SANDBOX_GRPC_PORT.default,
  daemon: SETTINGS.AWS_XRAY_DAEMON_ADDRESS.default?.split(':')[1],
}
const APIS = ['api', 'live-api', 'collected-api']
/** Services with images of other projects, whose variables are not our settings. */
const OTHERS = ['postgres', 'xray-daemon', 'collector', 'collector-gateway', 'jaeger']
/** The services of each profile. */
const PROFILES = {
  local: 'api postgres profiles rules sandbox',
  live: 'live-api live-profiles live-rules postgres sandbox-alone xray-daemon',
  collector: 'collected-api collected-profiles collector collector-gateway jaeger postgres sandbox-alone',
}

const Theirs = z.object({
  services: z.record(
    z.string(),
    z.object({
      command: z.array(z.string()).nullable(),
      environment: z.record(z.string(), z.string()).default({}),
    }),
  ),
})

const services = readCompose()
const entries = Object.entries(services)

test('docker-compose.yml follows the specification’s schema', () => {
  // A copy of schema/compose-spec.json of https://github.com/compose-spec/compose-spec at commit 170098b. Its formats
  // (`duration`, `ports`) are not JSON Schema's, so they are not validated.
  const path = join(ROOT, 'tests/fixtures/compose-spec/compose-spec.json')
  const { $schema: _, ...schema } = JSON.parse(readFileSync(path, 'utf8'))
  const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema)
  const file = parse(composeText(), { merge: true })
  expect(validate(file), JSON.stringify(validate.errors, null, 1)).toBe(true)
  const wrong = { ...file, services: { ...file.services, api: { ...file.services.api, helthcheck: {} } } }
  expect(validate(wrong)).toBe(false)
})

const compose = findProgram(['docker', 'compose', 'version'])

test.skipIf(!compose.isThere).each([{}, { HONEYCOMB_API_KEY: 'key', AWS_ACCESS_KEY_ID: 'id' }])(
  `Docker Compose reads the file as these tests do, with %j (${compose.kind})`,
  async (environment) => {
    const args = ['compose', '--env-file', '/dev/null', '--profile', '*', 'config', '--format', 'json']
    // Compose would take the folder's name.
    const named = { ...environment, COMPOSE_PROJECT_NAME: 'tracing' }
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...named }
    const { code, stdout, stderr } = await run('docker', args, { env })
    expect(code, stderr).toBe(0)
    const theirs = Theirs.parse(JSON.parse(stdout)).services
    for (const [name, { command, environment: ours }] of Object.entries(readCompose(named)))
      expect(theirs[name], name).toMatchObject({ command: command ?? null, environment: ours })
  },
)

test('the file and the README say which Compose reads it, and how to end whichever profile runs', () => {
  for (const text of [composeText(), readFileSync(join(ROOT, 'README.md'), 'utf8')]) {
    expect(text).toContain('Docker Compose 2')
    expect(text).toContain('`docker-compose` 1.x')
    expect(text).toContain("docker compose --profile '*' down")
  }
})

test('docker-compose.yml uses only variables that are settings, each with a default', () => {
  const variables = [...composeText().matchAll(/\$\{?(\w+)([^}]*)/g)]
  const names = variables.map(([, name = '']) => name).filter((name) => !isSettingName(name))
  // Compose sets it: https://docs.docker.com/reference/compose-file/version-and-name/
  expect([...new Set(names)]).toEqual(['COMPOSE_PROJECT_NAME'])
  expect(variables.filter(([, , rest = '']) => !/^:[-+]/.test(rest))).toEqual([])
})

test('the containers get valid settings', () => {
  for (const [service, { environment }] of entries) {
    if (OTHERS.includes(service)) continue
    for (const [name, value] of Object.entries(environment)) {
      if (!isSettingName(name)) throw new Error(`${service}: ${name} is not a setting`)
      const setting: Setting = SETTINGS[name]
      // It has the name of the Compose project in it, and a test of its own.
      if (name === 'WORKSPACE_CONTAINER') continue
      // Either ${NAME:-default}, or ${OTHER:+value}: a value if the other variable is set. Empty counts as unset.
      const [, made] = /^\$\{\w+:\+(\w+)\}$/.exec(value) ?? []
      const given = made ?? value
      if (given.includes('${')) expect(given.startsWith(`\${${name}:-`), name).toBe(true)
      else if (given !== '')
        expect(setting.schema.safeParse(given).success, `${service}: ${name}=${given}`).toBe(true)
    }
  }
})

test.each([{}, { BACKEND_ALLOWED_HOSTS: 'box.lan' }])(
  'each service answers to the names that the others call it by, with %j',
  (environment) => {
    const filled = readCompose(environment)
    const calls = Object.values(filled).flatMap(({ environment }) => environment.PROFILES_URL ?? [])
    expect(calls).toHaveLength(APIS.length)
    for (const name of [...APIS, 'profiles', 'live-profiles', 'collected-profiles']) {
      const variables = filled[name]?.environment ?? {}
      const { BACKEND_ALLOWED_HOSTS: further = [] } = readSettings({
        WORKSPACE_ENV_FILE: '/nonexistent/.env',
        ...variables,
      })
      const hosts = [...calls.map((url) => new URL(url).host), 'api:4567', ...Object.values(environment)]
      for (const host of hosts) expect(isAllowedHost(host, '172.18.0.2', further), host).toBe(true)
    }
  },
)

const KEYS = {
  HONEYCOMB_API_KEY: 'key',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  ROLLBAR_ACCESS_TOKEN: 'token',
}

// In profile local the sandbox has the daemon's port, so X-Ray is local there even with AWS keys.
test.each([
  ['api', {}, ['local', 'local', 'local', 'sdk']],
  ['api', KEYS, ['live', 'local', 'live', 'sdk']],
  ['live-api', KEYS, ['live', 'live', 'live', 'sdk']],
  ['live-api', { ...KEYS, HONEYCOMB_API_KEY: '' }, ['local', 'live', 'live', 'sdk']],
  ['collected-api', {}, ['local', 'local', 'local', 'collector']],
  ['collected-api', KEYS, ['live', 'live', 'live', 'collector']],
])('%s with %j has the providers %j', (name, environment, expected) => {
  for (const service of [name, name.replace('api', 'profiles')]) {
    const variables = readCompose(environment)[service]?.environment ?? {}
    if (name === 'collected-api') expect(Object.values(variables)).not.toContain(KEYS.AWS_SECRET_ACCESS_KEY)
    const settings = readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', ...variables })
    const { honeycomb, xray, rollbar } = resolveProviders(settings, variables)
    expect([honeycomb.mode, xray.mode, rollbar.mode, xray.pipeline]).toEqual(expected)
  }
})

test.each([
  [{}, 'us-east-1'],
  [{ AWS_DEFAULT_REGION: 'eu-west-1' }, 'eu-west-1'],
  [{ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-north-1' }, 'eu-north-1'],
])('with %j every container has the region %s', (environment, expected) => {
  const services = readCompose(environment)
  for (const name of ['xray-daemon', 'collector', 'collector-gateway'])
    expect(services[name]?.environment.AWS_REGION).toBe(expected)
  for (const name of ['api', 'live-profiles', 'collected-api']) {
    const variables = services[name]?.environment ?? {}
    expect(readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', ...variables }).AWS_REGION).toBe(expected)
  }
})

test.each(Object.entries(PROFILES))(
  'profile %s starts %s, with all services that they depend on and call',
  (profile, expected) => {
    const started = entries.filter(([, { profiles }]) => profiles.includes(profile))
    const names = started.map(([name]) => name)
    expect(names.toSorted().join(' ')).toBe(expected)
    const reachable = started.flatMap(([name, service]) => namesOf(name, service))
    for (const [name, { depends_on, environment }] of started) {
      for (const [needed, { required }] of Object.entries(depends_on))
        expect(required === false || names.includes(needed), `${name} needs ${needed}`).toBe(true)
      // SANDBOX_PAGE_URL is for a browser, outside the containers' network.
      for (const [setting, value] of Object.entries(environment))
        for (const url of setting === 'SANDBOX_PAGE_URL' ? [] : (value.match(/http:\/\/[\w-]+/g) ?? []))
          expect(reachable, name).toContain(url.slice('http://'.length))
    }
    const published = started.flatMap(([, { ports }]) => ports)
    expect(new Set(published).size, 'a port is published twice').toBe(published.length)
  },
)

test('docker-compose.yml publishes the usual ports on loopback only', () => {
  const tcp = (port: string | undefined) => `127.0.0.1:${port}:${port}`
  const daemon = ['udp', 'tcp'].map((protocol) => `127.0.0.1:${PORT.daemon}:${PORT.daemon}/${protocol}`)
  expect(Object.fromEntries(entries.map(([name, { ports }]) => [name, ports]))).toEqual({
    api: [tcp(PORT.api)],
    profiles: [tcp(PORT.profiles)],
    'collected-api': [tcp(PORT.api)],
    'collected-profiles': [tcp(PORT.profiles)],
    postgres: [],
    sandbox: [tcp(PORT.sandbox), tcp(PORT.grpc), ...daemon],
    'live-api': [tcp(PORT.api)],
    'live-profiles': [tcp(PORT.profiles)],
    'sandbox-alone': [tcp(PORT.sandbox), tcp(PORT.grpc)],
    rules: [],
    'live-rules': [],
    'xray-daemon': daemon,
    collector: [...daemon, tcp('13133')],
    'collector-gateway': [],
    jaeger: [tcp('16686')],
  })
})

test('each service of ours says which container it is, by its own name and that of its profile', () => {
  const services = readCompose({ COMPOSE_PROJECT_NAME: 'tracing' })
  const named = Object.entries(services).filter(([name]) => /api|profiles|sandbox/.test(name))
  expect(named).toHaveLength(8)
  for (const [name, { environment, profiles }] of named) {
    const [project, service] = environment.WORKSPACE_CONTAINER?.split('/') ?? []
    expect([project, service]).toEqual(['tracing', name])
    expect(profileOf(name), name).toBe(profiles.length === 1 ? profiles[0] : undefined)
  }
})

test.each(PROFILE_NAMES)('the commands beside profile %s name services that it has', (profile) => {
  const inProfile = entries.filter(([, { profiles }]) => profiles.includes(profile)).map(([name]) => name)
  for (const process of ['api', 'profiles', 'sandbox', 'database', 'daemon'])
    expect(inProfile, process).toContain(serviceOf(profile, process))
})

test('the links in errors use the sandbox’s address for a browser', () => {
  const page = `\${SANDBOX_PAGE_URL:-http://localhost:${PORT.sandbox}}`
  for (const name of APIS.flatMap((api) => [api, api.replace('api', 'profiles')]))
    expect(services[name]?.environment.SANDBOX_PAGE_URL, name).toBe(page)
})

test('the api uses the Postgres container, which publishes no port', () => {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services.postgres?.environment ?? {}
  const url = `postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`
  for (const name of APIS) {
    expect(services[name]?.environment.DATABASE_URL).toBe(`\${DATABASE_URL:-${url}}`)
    expect(services[name]?.depends_on).toHaveProperty('postgres', { condition: 'service_healthy' })
  }
  expect(services.postgres?.healthcheck?.test.slice(1, 3)).toEqual(['pg_isready', '--host=127.0.0.1'])
})

test('each container that can has a health check on its own port', () => {
  for (const name of ['api', 'profiles', 'sandbox'] as const)
    expect(services[name]?.healthcheck?.test, name).toEqual([
      'CMD',
      'bash',
      'contracts/health-check.sh',
      String(PORT[name]),
    ])
  for (const name of ['xray-daemon', 'collector', 'collector-gateway'])
    expect(services[name]?.healthcheck, `${name} is built from scratch`).toBeUndefined()
})

test('a container counts as healthy a second after it is, and as unhealthy only after ten', () => {
  for (const [name, { healthcheck }] of entries) {
    if (!healthcheck) continue
    expect(healthcheck.interval, name).toBe('1s')
    expect(healthcheck.retries, name).toBeGreaterThanOrEqual(60)
    // Within a start period Docker 27 asks every 5 s (moby #47799), and Docker 24 reads no start_interval.
    expect(healthcheck, name).not.toHaveProperty('start_period')
  }
})

test('another container waits for the end of each that ends, so that up --wait succeeds', () => {
  for (const [name, { restart, profiles }] of entries.filter(([, { restart }]) => restart === 'no')) {
    expect(restart).toBe('no')
    const waiting = entries.filter(
      ([, { depends_on }]) => depends_on[name]?.condition === 'service_completed_successfully',
    )
    expect(new Set(waiting.flatMap(([, service]) => service.profiles)), name).toEqual(new Set(profiles))
  }
})

test('the X-Ray daemon’s buffers and Go’s memory fit into its limit, and it asks no metadata service', () => {
  const { command = [], environment = {}, deploy } = services['xray-daemon'] ?? {}
  const buffersMb = Number(command[command.indexOf('-m') + 1])
  const heapMb = Number.parseInt(environment.GOMEMLIMIT ?? '', 10)
  const limitMb = Number.parseInt(deploy?.resources.limits.memory ?? '', 10)
  expect(buffersMb).toBeGreaterThanOrEqual(3)
  expect(heapMb).toBeGreaterThan(2 * buffersMb)
  expect(limitMb).toBeGreaterThan(heapMb)
  expect(environment.AWS_EC2_METADATA_DISABLED).toBe('true')
})

test('no container reads files of the clone: their modes depend on the umask under which it was made', () => {
  expect(entries.flatMap(([, { volumes }]) => volumes).filter((volume) => /^[./~]/.test(volume))).toEqual([])
})

test('profile live names the command that creates the rules, and creates none', () => {
  const { command = [], environment } = services['live-rules'] ?? {}
  expect(command.slice(0, 2)).toEqual(['node', '-e'])
  expect(command[2]).toMatch(/^console\.log\('.*npm run aws'\)$/)
  // Throws a SyntaxError if it is not JavaScript.
  new Script(command[2] ?? '')
  expect(environment).toEqual({})
})

describe.each(entries)('%s', (_, service) => {
  test('has a read-only file system, no privileges, and limits', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: {
        resources: {
          limits: { cpus: expect.any(String), memory: expect.any(String), pids: expect.any(Number) },
        },
      },
    })
  })

  test('has an image with a version or a Dockerfile, and files that exist', () => {
    const { image, build, command = [] } = service
    if (image) expect(image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?(@sha256:[0-9a-f]{64})?$/)
    else expect(existsSync(join(ROOT, build?.dockerfile ?? 'nothing'))).toBe(true)
    const files = command[0] === 'node' && command[1] !== '-e' ? command.slice(1) : []
    for (const file of files.filter((part) => part !== '--import'))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})

test.each([{}, { HONEYCOMB_API_KEY: 'key', AWS_ACCESS_KEY_ID: 'id' }])(
  'with %j the collectors use configurations that exist',
  (environment) => {
    const commands = Object.values(readCompose(environment)).flatMap(({ command }) => command ?? [])
    const files = commands.flatMap((part) => /^--config=\/etc\/(collector\/.+)$/.exec(part)?.[1] ?? [])
    expect(files).not.toEqual([])
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  },
)
