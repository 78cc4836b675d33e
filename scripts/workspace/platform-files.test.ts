import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { isSettingName, SETTINGS, type Setting } from '../../settings/catalogue.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PORTS = [SETTINGS.PORT, SETTINGS.PROFILES_PORT, SETTINGS.SANDBOX_PORT].map((setting) =>
  Number(setting.default),
)
const DAEMON_PORT = SETTINGS.AWS_XRAY_DAEMON_ADDRESS.default?.split(':')[1]

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Parses a file, its merge keys too, and refuses every key that is not in the schema. */
function parseFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  return schema.parse(parse(read(path), { merge: true }))
}

/** The commands of the workspace, as the contracts have them. */
const COMMANDS = ['setup', 'start', 'stop', 'status', 'logs', 'env', 'daemon', 'aws', 'verify']

const isNpmScript = (name: string) => {
  const { scripts = {} } = z
    .object({ scripts: z.record(z.string(), z.string()).optional() })
    .parse(JSON.parse(read('package.json')))
  return COMMANDS.includes(name) && (Object.keys(scripts).length === 0 || Object.hasOwn(scripts, name))
}

/** `npm run setup -- …`, `npm stop` */
function npmScripts(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|stop|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  )
}

describe.each(['.gitpod.yml', '.devcontainer/devcontainer.json', '.ona/automations.yaml'])('%s', (path) => {
  test('names npm scripts that exist', () => {
    const scripts = npmScripts(read(path))
    expect(scripts).not.toEqual([])
    expect(scripts.filter((name) => !isNpmScript(name))).toEqual([])
  })
})

test('.gitpod.yml has what Gitpod Classic’s schema knows, and every port is private', () => {
  const schema = z.strictObject({
    tasks: z.array(
      z.strictObject({
        name: z.string(),
        before: z.string().optional(),
        init: z.string(),
        command: z.string(),
      }),
    ),
    ports: z.array(
      z.strictObject({
        port: z.int(),
        name: z.string(),
        description: z.string(),
        onOpen: z.enum(['open-browser', 'open-preview', 'notify', 'ignore', 'ignore-completely']),
        visibility: z.literal('private'),
      }),
    ),
  })
  const { ports, tasks } = parseFile('.gitpod.yml', schema)
  expect(ports.map(({ port }) => port)).toEqual(PORTS)
  expect(tasks[0]?.command).toBe('npm run setup -- --yes')
})

test('devcontainer.json has what the specification knows, and fails no start', () => {
  const portAttributes = z.strictObject({
    label: z.string().optional(),
    onAutoForward: z.enum(['notify', 'silent', 'ignore', 'openBrowser']),
  })
  const schema = z.strictObject({
    name: z.string(),
    image: z.string().regex(/^mcr\.microsoft\.com\/devcontainers\/typescript-node:\d+-24-bookworm$/),
    runArgs: z.tuple([z.literal('--network=host')]),
    containerEnv: z.record(z.string(), z.string()),
    forwardPorts: z.array(z.int()),
    portsAttributes: z.record(z.string(), portAttributes),
    otherPortsAttributes: portAttributes,
    updateContentCommand: z.literal('npm ci'),
    postStartCommand: z.string().regex(/\|\| true$/),
    secrets: z.record(z.string(), z.strictObject({ description: z.string(), documentationUrl: z.url() })),
    customizations: z.record(z.string(), z.unknown()),
  })
  const file = parseFile('.devcontainer/devcontainer.json', schema)
  expect(() => JSON.parse(read('.devcontainer/devcontainer.json'))).not.toThrow()
  expect(file.forwardPorts).toEqual(PORTS)
  expect(Object.keys(file.portsAttributes).toSorted()).toEqual(PORTS.map(String).toSorted())
  for (const name of Object.keys(file.secrets)) {
    expect(isSettingName(name) && SETTINGS[name].secret, name).toBe(true)
  }
})

test('automations.yaml has what Ona knows, and its service follows the logs for ever', () => {
  const key = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/)
  const triggeredBy = z.array(z.enum(['manual', 'postDevcontainerStart', 'postEnvironmentStart', 'prebuild']))
  const schema = z.strictObject({
    services: z.record(
      key,
      z.strictObject({
        name: z.string(),
        description: z.string(),
        triggeredBy,
        commands: z.strictObject({ start: z.string(), ready: z.string(), stop: z.string() }),
      }),
    ),
    tasks: z.record(
      key,
      z.strictObject({ name: z.string(), description: z.string(), triggeredBy, command: z.string() }),
    ),
  })
  const commands = parseFile('.ona/automations.yaml', schema).services.tracing?.commands
  expect(commands?.start).toMatch(/&& npm run logs$/)
  expect(commands?.ready).toContain(`127.0.0.1:${PORTS[0]}/health`)
})

const environment = z.record(z.string(), z.string())
const composeSchema = z.strictObject({
  'x-backend': z.unknown(),
  'x-backend-environment': environment,
  'x-providers': z.unknown(),
  volumes: z.record(z.string(), z.null()),
  services: z.record(
    z.string(),
    z.strictObject({
      profiles: z.array(z.enum(['local', 'live'])),
      image: z.string().optional(),
      build: z.strictObject({ context: z.literal('.'), dockerfile: z.string() }).optional(),
      init: z.boolean().optional(),
      restart: z.literal('unless-stopped'),
      command: z.array(z.string()).optional(),
      environment,
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      networks: z.unknown().optional(),
      depends_on: z
        .record(
          z.string(),
          z.strictObject({
            condition: z.enum(['service_healthy', 'service_started']),
            required: z.boolean().optional(),
          }),
        )
        .optional(),
      healthcheck: z
        .strictObject({
          test: z.array(z.string()),
          interval: z.string(),
          timeout: z.string(),
          start_period: z.string(),
        })
        .optional(),
    }),
  ),
})

describe('docker-compose.yml', () => {
  const { services } = parseFile('docker-compose.yml', composeSchema)

  test('takes no variable that is not a setting, and needs none of them', () => {
    const variables = [...read('docker-compose.yml').matchAll(/\$\{?(\w+)([^}]*)/g)]
    expect(variables.map(([, name = '']) => name).filter((name) => !isSettingName(name))).toEqual([])
    expect(variables.filter(([, , rest = '']) => !rest.startsWith(':-'))).toEqual([])
  })

  test('gives its containers settings that can be', () => {
    for (const [service, { environment }] of Object.entries(services)) {
      // Somebody else's image has variables of its own.
      if (service === 'postgres') continue
      for (const [name, value] of Object.entries(environment)) {
        if (!isSettingName(name)) throw new Error(`${service}: ${name} is no setting`)
        const setting: Setting = SETTINGS[name]
        if (value.includes('${')) expect(value.startsWith(`\${${name}:-`), name).toBe(true)
        else expect(setting.schema.safeParse(value).success, `${service}: ${name}=${value}`).toBe(true)
      }
    }
  })

  test('publishes the usual ports, to this machine alone', () => {
    const ports = Object.fromEntries(Object.entries(services).map(([name, { ports }]) => [name, ports]))
    const tcp = (port: number | undefined) => `127.0.0.1:${port}:${port}`
    const daemon = `127.0.0.1:${DAEMON_PORT}:${DAEMON_PORT}/udp`
    expect(ports).toEqual({
      api: [tcp(PORTS[0])],
      profiles: [tcp(PORTS[1])],
      sandbox: [tcp(PORTS[2]), daemon],
      'xray-daemon': [daemon],
    })
  })

  test('keeps the sandbox and the daemon apart by profile', () => {
    expect(services.sandbox?.profiles).toEqual(['local'])
    expect(services['xray-daemon']?.profiles).toEqual(['live'])
    for (const name of ['api', 'profiles', 'postgres'])
      expect(services[name]?.profiles, name).toEqual(['local', 'live'])
  })

  test('the api’s database is the one beside it, which no other machine reaches', () => {
    const {
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: name,
    } = services.postgres?.environment ?? {}
    expect(services.api?.environment.DATABASE_URL).toBe(
      `\${DATABASE_URL:-postgresql://${user}:${password}@postgres:5432/${name}}`,
    )
    expect(services.api?.depends_on).toHaveProperty('postgres', { condition: 'service_healthy' })
    expect(services.postgres?.ports).toBeUndefined()
    expect(services.postgres?.healthcheck?.test).toContain('pg_isready')
  })

  test('asks each container that can answer whether it is well, by its own port', () => {
    for (const [name, port] of [
      ['api', PORTS[0]],
      ['profiles', PORTS[1]],
      ['sandbox', PORTS[2]],
    ] as const) {
      expect(services[name]?.healthcheck?.test.at(-1), name).toContain(`http://127.0.0.1:${port}/health`)
    }
    expect(services['xray-daemon']?.healthcheck).toBeUndefined()
  })

  test('runs files that exist', () => {
    const commands = Object.values(services).flatMap(({ command }) =>
      command?.[0] === 'node' ? [command] : [],
    )
    for (const command of commands) expectFiles(command)
    for (const { build } of Object.values(services)) {
      if (build) expect(existsSync(join(ROOT, build.dockerfile)), build.dockerfile).toBe(true)
    }
  })
})

describe.each(['backend/Dockerfile', 'sandbox/Dockerfile'])('%s', (path) => {
  const text = read(path)

  test('runs a file that exists, as a user without rights, without a shell', () => {
    const command = z.array(z.string()).parse(JSON.parse(/^CMD (.*)$/m.exec(text)?.[1] ?? ''))
    expect(command[0]).toBe('node')
    expectFiles(command)
    expect(text).toMatch(/^USER node$/m)
  })

  test('installs what is needed at run time alone, and copies what is there and not ignored', () => {
    expect(text).toContain('npm ci --omit=dev --omit=optional')
    const ignored = read('.dockerignore')
    const sources = [...text.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, list = '']) => list.split(' '))
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true)
      expect(ignored).toContain(`\n!${source}\n`)
    }
  })
})

test('.dockerignore keeps secrets out of the images', () => {
  const lines = read('.dockerignore').split('\n')
  expect(lines.slice(0, 3)).toContain('*')
  expect(lines).toEqual(expect.arrayContaining(['**/.env', '**/.env.*']))
})

/** `node [--import file] file`: each of them is there. */
function expectFiles([, ...args]: readonly string[]): void {
  const files = args.filter((arg) => arg !== '--import')
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true)
}
