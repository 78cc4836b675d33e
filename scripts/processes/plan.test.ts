import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings } from '../../settings/read.ts'
import { hashCode } from './code-hash.ts'
import { planProcesses, planSandboxAlone } from './plan.ts'

const DIRECTORY = '/tmp/nowhere'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'aws-secret' }
const ELSEWHERE = { AWS_XRAY_DAEMON_ADDRESS: 'xray-daemon:2000' }
const COLLECTOR = { XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4319' }
const DATABASE_URL = 'postgresql://me:db-secret@db:5432/cruddur'

function plan(environment: Record<string, string> = {}) {
  const all: Environment = {
    WORKSPACE_ENV_FILE: join(DIRECTORY, '.env'),
    WORKSPACE_STATE_DIR: DIRECTORY,
    ...environment,
  }
  const settings = readSettings(all)
  const specs = planProcesses(settings, resolveProviders(settings, all), all)
  return {
    specs,
    names: specs.map(({ name }) => name),
    find: (name: string) => specs.find((one) => one.name === name),
  }
}

/** What keeps the log of each process of ours short. */
const OWN_LOG = ['--import', './scripts/processes/own-log.ts']

describe('the plan', () => {
  test('the resource of the services names the workspace, and attributes that are already set override it', () => {
    const ofApi = (environment: Record<string, string>) =>
      plan(environment).find('api')?.env.OTEL_RESOURCE_ATTRIBUTES
    expect(ofApi({})).toBe('workspace.kind=local')
    expect(
      ofApi({
        CODESPACES: 'true',
        CODESPACE_NAME: 'a b,c',
        OTEL_RESOURCE_ATTRIBUTES: 'team=7,workspace.id=9',
      }),
    ).toBe('workspace.kind=codespaces,workspace.id=a%20b%2Cc,team=7,workspace.id=9')
  })

  const OFF = { HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'false', XRAY_ENABLED: 'false' }

  test.each([
    ['without any key', {}, 'sandbox database profiles api'],
    ['with AWS keys', KEYS, 'sandbox daemon database profiles api'],
    ['with DATABASE_URL', { ...KEYS, DATABASE_URL }, 'sandbox daemon profiles api'],
    ['with a daemon on another host', { ...KEYS, ...ELSEWHERE }, 'sandbox database profiles api'],
    ['with a collector', { ...KEYS, ...COLLECTOR }, 'sandbox database profiles api'],
    ['with every provider off', OFF, 'database profiles api'],
    [
      'with every provider live or off',
      { ...OFF, XRAY_ENABLED: 'true', ...KEYS },
      'daemon database profiles api',
    ],
  ])('%s', (_case, environment, names) => {
    expect(plan(environment).names.join(' ')).toBe(names)
  })

  test('the sandbox listens on the daemon’s ports where X-Ray is local, unless the daemon is on another host', () => {
    const portsOf = (environment: Record<string, string>) => plan(environment).find('sandbox')?.ports
    const own = { port: 4318, protocol: 'tcp', host: '127.0.0.1', variable: 'SANDBOX_PORT' }
    const grpc = { port: 4317, protocol: 'tcp', host: '127.0.0.1', variable: 'SANDBOX_GRPC_PORT' }
    const daemon = { port: 2000, host: '127.0.0.1', variable: 'AWS_XRAY_DAEMON_ADDRESS' }
    expect(portsOf({})).toEqual([own, grpc, { ...daemon, protocol: 'udp' }, { ...daemon, protocol: 'tcp' }])
    expect(portsOf(KEYS)).toEqual([own, grpc])
    expect(portsOf(ELSEWHERE)).toEqual([own, grpc])
  })

  describe('the sandbox alone', () => {
    const alone = (environment: Record<string, string> = {}) => {
      const all = {
        WORKSPACE_ENV_FILE: join(DIRECTORY, '.env'),
        WORKSPACE_STATE_DIR: DIRECTORY,
        ...environment,
      }
      return planSandboxAlone(readSettings(all), all)
    }

    test('it is the sandbox of a workspace whose providers are local, so that setup leaves it running', () => {
      expect(alone()).toEqual([plan().find('sandbox')])
    })

    test('it stands in for all three providers and gets no key, also where keys are set', () => {
      const keys = { ...KEYS, HONEYCOMB_API_KEY: 'honey-secret', ROLLBAR_ACCESS_TOKEN: 'rollbar-secret' }
      expect(alone({ ...keys, ...COLLECTOR, HONEYCOMB_ENABLED: 'live' })).toMatchObject([
        {
          name: 'sandbox',
          env: { HONEYCOMB_ENABLED: 'local', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'local' },
        },
      ])
      expect(JSON.stringify(alone(keys))).not.toMatch(/secret|AKIA1/)
      // Without its key: the sandbox alone needs none.
      expect(alone({ HONEYCOMB_ENABLED: 'live', XRAY_PIPELINE: 'collector' })).toHaveLength(1)
    })

    test('it listens at the daemon’s usual address where the daemon is on another host', () => {
      const [sandbox] = alone(ELSEWHERE)
      expect(sandbox?.env.AWS_XRAY_DAEMON_ADDRESS).toBe('127.0.0.1:2000')
      expect(sandbox?.ports.map(({ port }) => port)).toEqual(expect.arrayContaining([4318, 2000]))
    })
  })

  test('each process of ours is run by this Node, in the repository, and has a health page', () => {
    const { find } = plan()
    expect(find('sandbox')).toMatchObject({
      command: process.execPath,
      args: [...OWN_LOG, 'sandbox/server.ts'],
      cwd: resolve(import.meta.dirname, '..', '..'),
      ready: { kind: 'http', url: 'http://127.0.0.1:4318/health' },
    })
    expect(find('api')).toMatchObject({
      args: [...OWN_LOG, '--import', './backend/api/instrumentation.ts', 'backend/api/server.ts'],
      ports: [{ port: 4567, variable: 'PORT' }],
      ready: { url: 'http://127.0.0.1:4567/health' },
      url: 'http://127.0.0.1:4567',
    })
    expect(find('profiles')?.ports).toMatchObject([{ port: 4568, variable: 'PROFILES_PORT' }])
  })

  test('providers are ready before the processes that send to them', () => {
    const stage = (name: string) => plan(KEYS).find(name)?.stage ?? Number.NaN
    expect(stage('sandbox')).toBe(stage('daemon'))
    expect(stage('profiles')).toBe(stage('api'))
    expect(stage('daemon')).toBeLessThan(stage('database'))
    expect(stage('database')).toBeLessThan(stage('api'))
  })

  test('the embedded database listens on loopback alone, on a port that can be changed', () => {
    const { find } = plan({ DATABASE_PORT: '5500', BACKEND_HOST: '0.0.0.0' })
    expect(find('database')).toMatchObject({
      args: [...OWN_LOG, '--liftoff-only', 'backend/database/server.ts'],
      ports: [{ port: 5500, protocol: 'tcp', host: '127.0.0.1', variable: 'DATABASE_PORT' }],
      ready: { kind: 'postgres', host: '127.0.0.1', port: 5500 },
    })
    expect(find('api')?.env).toMatchObject({ DATABASE_PORT: '5500' })
    expect(find('api')?.env).not.toHaveProperty('DATABASE_URL')
  })

  test('the real daemon gets the AWS keys in its environment alone, and no secret of another provider', () => {
    const address = { AWS_XRAY_DAEMON_ADDRESS: 'udp:127.0.0.1:2001 tcp:127.0.0.1:2002' }
    const secrets = { ...KEYS, HONEYCOMB_API_KEY: 'honey-secret', DATABASE_URL }
    const { find } = plan({ ...secrets, ...address, AWS_REGION: 'eu-west-1' })
    const daemon = find('daemon')
    expect(daemon).toMatchObject({
      command: join(DIRECTORY, 'bin', 'xray'),
      cwd: join(DIRECTORY, 'run'),
      env: { ...KEYS, AWS_REGION: 'eu-west-1' },
      ready: { kind: 'tcp', host: '127.0.0.1', port: 2002 },
      requires: { code: 'DAEMON_MISSING', fix: 'npm run daemon' },
    })
    expect(daemon?.args.join(' ')).toBe(
      `-o -n eu-west-1 -t 127.0.0.1:2002 -b 127.0.0.1:2001 -f ${join(DIRECTORY, 'logs', 'daemon.log')}`,
    )
    expect(JSON.stringify(daemon)).not.toMatch(/honey-secret|db-secret/)
    expect(daemon?.env).not.toHaveProperty('AWS_ENDPOINT_URL_XRAY')
    const endpoint = { AWS_ENDPOINT_URL_XRAY: 'http://proxy:1' }
    expect(plan({ ...KEYS, ...endpoint }).find('daemon')?.env).toMatchObject(endpoint)
    expect(find('api')?.env).toMatchObject({ DATABASE_URL })
    expect(JSON.stringify(find('api')?.args)).not.toContain('db-secret')
  })

  test('the backends know the sandbox’s address for a browser, where it differs from their own', () => {
    const ofApi = (environment: Record<string, string>) => plan(environment).find('api')?.env.SANDBOX_PAGE_URL
    const codespace = {
      CODESPACES: 'true',
      CODESPACE_NAME: 'fuzzy-disco',
      GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'app.github.dev',
    }
    expect(ofApi({})).toBeUndefined()
    expect(ofApi(codespace)).toBe('https://fuzzy-disco-4318.app.github.dev')
    expect(ofApi({ ...codespace, SANDBOX_PAGE_URL: 'https://sandbox.example' })).toBe(
      'https://sandbox.example',
    )
  })

  test('in Ona the services listen on all interfaces, unless a host is set', () => {
    const ona = { GITPOD_ENVIRONMENT_ID: '0199' }
    expect(plan(ona).specs.flatMap(({ name, ports }) => (name === 'database' ? [] : ports[0]?.host))).toEqual(
      ['0.0.0.0', '0.0.0.0', '0.0.0.0'],
    )
    expect(plan(ona).find('sandbox')).toMatchObject({
      env: { SANDBOX_HOST: '0.0.0.0' },
      ready: { kind: 'http', url: 'http://127.0.0.1:4318/health' },
    })
    expect(plan({ ...ona, SANDBOX_HOST: '10.0.0.5' }).find('sandbox')?.env.SANDBOX_HOST).toBe('10.0.0.5')
    expect(plan().find('sandbox')?.env.SANDBOX_HOST).toBe('127.0.0.1')
  })

  test('the sandbox accepts the host name that the platform gives its port', () => {
    const gitpod = {
      GITPOD_WORKSPACE_ID: 'acme-tracing-1',
      GITPOD_WORKSPACE_URL: 'https://acme-tracing-1.ws.gitpod.acme.example',
    }
    const names = (environment: Record<string, string>) =>
      plan(environment).find('sandbox')?.env.SANDBOX_ALLOWED_HOSTS
    expect(names(gitpod)).toBe('4318-acme-tracing-1.ws.gitpod.acme.example')
    expect(names({ ...gitpod, SANDBOX_ALLOWED_HOSTS: 'mine.example' })).toBe(
      'mine.example,4318-acme-tracing-1.ws.gitpod.acme.example',
    )
    expect(names({})).toBeUndefined()
  })

  test('so do api and profiles', () => {
    const gitpod = {
      GITPOD_WORKSPACE_ID: 'acme-1',
      GITPOD_WORKSPACE_URL: 'https://acme-1.ws.gitpod.acme.example',
      BACKEND_ALLOWED_HOSTS: 'Mine.example, profiles',
    }
    const hosts = plan(gitpod).specs.flatMap(({ name, env }) =>
      env.BACKEND_ALLOWED_HOSTS === undefined ? [] : [[name, env.BACKEND_ALLOWED_HOSTS]],
    )
    const both = 'mine.example,profiles,4567-acme-1.ws.gitpod.acme.example,4568-acme-1.ws.gitpod.acme.example'
    expect(hosts).toEqual([
      ['profiles', both],
      ['api', both],
    ])
  })

  const SECRETS = {
    ...KEYS,
    AWS_SESSION_TOKEN: 'aws-token-secret',
    HONEYCOMB_API_KEY: 'honey-secret',
    ROLLBAR_ACCESS_TOKEN: 'rollbar-secret',
    ROLLBAR_READ_TOKEN: 'rollbar-read-secret',
    DATABASE_URL,
    AWS_WEB_IDENTITY_TOKEN_FILE: '/a/file-secret',
    AWS_BEARER_TOKEN_BEDROCK: 'bedrock-secret',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=header-secret,x-other=a-collector',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-honeycomb-team=traces-secret',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-honeycomb-team=logs-secret',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'no process of ours reads it: protocol-secret',
  }
  const secretsOf = (name: string, environment: Record<string, string>) =>
    [...new Set(JSON.stringify(plan(environment).find(name)?.env ?? {}).match(/[\w-]+-secret/g))].toSorted()

  test.each([
    ['sandbox', { XRAY_ENABLED: 'local' }, ['honey-secret']],
    ['daemon', {}, ['aws-secret', 'aws-token-secret', 'bedrock-secret', 'file-secret']],
    ['profiles', {}, ['header-secret', 'honey-secret', 'rollbar-secret']],
    ['api', {}, ['db-secret', 'header-secret', 'honey-secret', 'rollbar-secret']],
    ['profiles', { HONEYCOMB_ENABLED: 'local', ROLLBAR_ENABLED: 'false' }, []],
    [
      'profiles',
      { XRAY_PIPELINE: 'otlp' },
      ['aws-secret', 'aws-token-secret', 'file-secret', 'header-secret', 'honey-secret', 'rollbar-secret'],
    ],
  ])('%s with %j gets these secrets and no others: %j', (name, environment, secrets) => {
    expect(secretsOf(name, { ...SECRETS, ...environment })).toEqual(secrets)
  })

  test('the database gets no secret, and nothing but its port and its folder', () => {
    const { DATABASE_URL: _, ...secrets } = SECRETS
    expect(plan(secrets).find('database')?.env).toEqual({
      DATABASE_PORT: '5433',
      WORKSPACE_STATE_DIR: DIRECTORY,
      WORKSPACE_ENV_FILE: '/dev/null',
    })
  })

  test('a process without a provider’s credentials knows which mode the plan has decided', () => {
    const cases = [
      {},
      SECRETS,
      { ...SECRETS, HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'local' },
      { ...SECRETS, XRAY_ENABLED: 'local' },
      { ROLLBAR_ACCESS_TOKEN: 'rollbar-secret' },
      COLLECTOR,
    ]
    for (const environment of cases) {
      const all = { WORKSPACE_ENV_FILE: join(DIRECTORY, '.env'), ...environment }
      const modesOf = (providers: ReturnType<typeof resolveProviders>) =>
        Object.values(providers).map(({ mode }) => mode)
      const wanted = modesOf(resolveProviders(readSettings(all), all))
      for (const { name, env } of plan(environment).specs) {
        if (name === 'daemon' || name === 'database') continue
        expect([name, modesOf(resolveProviders(readSettings(env), env))]).toEqual([name, wanted])
      }
    }
  })

  test.each([
    [{ ROLLBAR_ENVIRONMENT: 'staging' }, ['profiles', 'api']],
    [{ PLANTED_FAULTS: 'a' }, ['profiles', 'api']],
    [{ PLANTED_SEED: 'spring' }, ['profiles', 'api']],
    [{ WORKSHOP_SEED: 'spring' }, []],
    [{ PROFILES_URL: 'http://elsewhere:1' }, ['api']],
    [{ SANDBOX_ALLOWED_HOSTS: 'mine.example' }, ['sandbox']],
    [{ BACKEND_ALLOWED_HOSTS: 'mine.example' }, ['profiles', 'api']],
    [{ SANDBOX_ALLOWED_ORIGINS: 'https://mine.example' }, ['sandbox']],
    [{ DATABASE_PORT: '5500' }, ['database', 'api']],
    [{ ROLLBAR_READ_TOKEN: 'a-token' }, []],
    [{ XRAY_RESOURCE_SUFFIX: 'ada' }, []],
    [{ AWS_ACCESS_KEY_ID: 'without its secret' }, []],
  ])('%j changes the settings of %j alone', (environment, names) => {
    const before = plan()
    const changed = plan(environment).specs.filter(
      ({ name, env }) => JSON.stringify(env) !== JSON.stringify(before.find(name)?.env),
    )
    expect(changed.map(({ name }) => name)).toEqual(names)
  })

  test('a process gets the settings it reads as text, and none that has no value', () => {
    const api = plan({ PORT: '5001', OTEL_TRACES_SAMPLER_ARG: '0.5' }).find('api')
    expect(api?.env).toMatchObject({
      PORT: '5001',
      AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
      OTEL_TRACES_SAMPLER_ARG: '0.5',
    })
    expect(api?.env).not.toHaveProperty('ROLLBAR_ACCESS_TOKEN')
  })

  test('the code of every process is found within half a second of CPU time', () => {
    const { specs } = plan()
    const before = process.cpuUsage()
    const hashes = specs.map(({ cwd, sources }) => hashCode(cwd, sources))
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(500)
    expect(new Set(hashes).size).toBe(specs.length)
  })

  test('the services get the variables that SDKs read, and none of a terminal', () => {
    const { find } = plan({
      AWS_CA_BUNDLE: '/ca.pem',
      https_proxy: 'http://proxy:1',
      TERM: 'xterm',
      npm_command: 'run',
    })
    expect(find('api')?.env).toMatchObject({ AWS_CA_BUNDLE: '/ca.pem', https_proxy: 'http://proxy:1' })
    expect(find('api')?.env).not.toHaveProperty('TERM')
    expect(find('api')?.env).not.toHaveProperty('npm_command')
  })

  test('the processes that call providers use the proxies of the environment, except among themselves', () => {
    const proxy = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'intranet' }
    const own = 'intranet,localhost,127.0.0.1,::1'
    const { find } = plan({ ...KEYS, ...proxy })
    for (const name of ['api', 'profiles', 'sandbox']) {
      expect(find(name)?.env).toMatchObject({ ...proxy, NO_PROXY: own, no_proxy: own })
    }
    expect(find('database')?.env).not.toHaveProperty('NODE_USE_ENV_PROXY')
    expect(find('daemon')?.env).toMatchObject({ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'intranet' })
    const ofApi = (environment: Record<string, string>) => plan(environment).find('api')?.env ?? {}
    expect(ofApi({ ...proxy, no_proxy: '', BACKEND_HOST: '10.0.0.5' }).no_proxy).toBe(
      'localhost,127.0.0.1,::1,10.0.0.5',
    )
    expect(ofApi({ ...proxy, no_proxy: '*' }).no_proxy).toBe('*')
    // Without the switch Node uses no proxy, and there is nothing to except.
    expect(ofApi({ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'intranet' })).toMatchObject({
      NO_PROXY: 'intranet',
    })
  })

  test('a service that listens on every interface is asked for its health by loopback', () => {
    const { find } = plan({ BACKEND_HOST: '0.0.0.0', SANDBOX_HOST: '::' })
    expect(find('api')).toMatchObject({
      ports: [{ host: '0.0.0.0' }],
      ready: { url: 'http://127.0.0.1:4567/health' },
    })
    expect(find('sandbox')?.ready).toMatchObject({ url: 'http://127.0.0.1:4318/health' })
  })
})
