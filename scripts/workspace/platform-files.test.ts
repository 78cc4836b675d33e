import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseDaemonAddress } from '../../contracts/daemon-address.ts'
import { isSettingName, SETTINGS } from '../../settings/catalogue.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PORTS = [SETTINGS.PORT, SETTINGS.PROFILES_PORT, SETTINGS.SANDBOX_PORT].map((setting) =>
  Number(setting.default),
)

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Parses a file with merge keys. An unknown key is an error. */
function parseFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  return schema.parse(parse(read(path), { merge: true }))
}

const SCRIPTS = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json'))).scripts

/** `npm run setup -- …`, `npm stop` */
function npmScripts(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|stop|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  )
}

const FILES = ['.gitpod.yml', '.devcontainer/devcontainer.json', '.ona/automations.yaml']

test.each(FILES)('%s names npm scripts that exist', (path) => {
  const scripts = npmScripts(read(path))
  expect(scripts).not.toEqual([])
  expect(scripts.filter((name) => !Object.hasOwn(SCRIPTS, name))).toEqual([])
})

test('every command of a cloud workspace is valid shell', () => {
  const texts = FILES.flatMap((path) => commandsIn(parse(read(path), { merge: true })))
  expect(texts.length).toBeGreaterThanOrEqual(8)
  for (const text of texts) {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })
    expect(status, `${text}\n${stderr}`).toBe(0)
  }
})

/** The texts under keys that a platform passes to a shell. */
function commandsIn(value: unknown, isCommand = false): string[] {
  if (typeof value === 'string') return isCommand ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    commandsIn(child, isCommand || /^(before|init|commands?|\w+Command)$/.test(key)),
  )
}

// The used part of https://github.com/gitpod-io/gitpod, components/gitpod-protocol/data/gitpod-schema.json
test('.gitpod.yml fits Gitpod Classic’s schema, and every port is private', () => {
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

// The used part of https://github.com/devcontainers/spec, schemas/devContainer.base.schema.json
test('devcontainer.json fits the specification, and no step can fail a start', () => {
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
    hostRequirements: z.strictObject({ cpus: z.int(), memory: z.string(), storage: z.string() }),
    features: z.record(
      z.string().regex(/^ghcr\.io\/devcontainers\/features\/[\w-]+:\d+$/),
      z.record(z.string(), z.unknown()),
    ),
    // A prebuild has no secrets, and optional steps may fail.
    updateContentCommand: z.strictObject({
      packages: z.literal('npm ci && npm run viewer || true'),
      browser: z.string().regex(/\|\| true$/),
    }),
    postStartCommand: z.string().regex(/\|\| true$/),
    secrets: z.record(z.string(), z.strictObject({ description: z.string(), documentationUrl: z.url() })),
    customizations: z.record(z.string(), z.unknown()),
  })
  const file = parseFile('.devcontainer/devcontainer.json', schema)
  expect(() => JSON.parse(read('.devcontainer/devcontainer.json'))).not.toThrow()
  expect(file.forwardPorts).toEqual(PORTS)
  expect(Object.keys(file.portsAttributes).toSorted()).toEqual(PORTS.map(String).toSorted())
  for (const [name, value] of Object.entries(file.containerEnv)) {
    if (name === 'DEVCONTAINER') continue
    expect(isSettingName(name) && SETTINGS[name].schema.safeParse(value).success, name).toBe(true)
  }
  // With --network=host its port is the machine's, and in a codespace GitHub uses TCP 2000.
  const { tcp, udp } = parseDaemonAddress(file.containerEnv.AWS_XRAY_DAEMON_ADDRESS ?? '') ?? {}
  expect([tcp?.port, udp?.port]).toEqual([2001, 2000])
  for (const name of Object.keys(file.secrets)) {
    expect(isSettingName(name) && SETTINGS[name].secret, name).toBe(true)
  }
})

// https://ona.com/docs/ona/configuration/tasks-and-services/basic-configuration; a key that Ona does not know is an error.
test('automations.yaml fits Ona’s schema, and its service never ends, because it follows the logs', () => {
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
  expect(commands?.start).toMatch(/; npm run logs$/)
  expect(commands?.ready).toContain(`127.0.0.1:${PORTS[0]}/health`)
})
