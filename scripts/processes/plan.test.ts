import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings } from '../../settings/read.ts'
import { hashCode } from './code-hash.ts'
import { planProcesses } from './plan.ts'

const DIRECTORY = '/tmp/nowhere'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'aws-secret' }

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

describe('the plan', () => {
  test('the services’ resource names the workspace; attributes that are already set come last and win', () => {
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

  test('without any key: the sandbox stands in for all three providers, on the daemon’s port as well', () => {
    const { names, find } = plan()
    expect(names).toEqual(['sandbox', 'database', 'profiles', 'api'])
    expect(find('sandbox')).toMatchObject({
      command: process.execPath,
      args: ['sandbox/server.ts'],
      cwd: resolve(import.meta.dirname, '..', '..'),
      ready: { kind: 'http', url: 'http://127.0.0.1:4318/health' },
      ports: [
        { port: 4318, protocol: 'tcp', host: '127.0.0.1', variable: 'SANDBOX_PORT' },
        { port: 2000, protocol: 'udp', host: '127.0.0.1', variable: 'AWS_XRAY_DAEMON_ADDRESS' },
        { port: 2000, protocol: 'tcp', host: '127.0.0.1', variable: 'AWS_XRAY_DAEMON_ADDRESS' },
      ],
    })
    expect(find('api')).toMatchObject({
      args: ['--import', './backend/api/instrumentation.ts', 'backend/api/server.ts'],
      ports: [{ port: 4567, variable: 'PORT' }],
      ready: { url: 'http://127.0.0.1:4567/health' },
      url: 'http://127.0.0.1:4567',
    })
    expect(find('profiles')?.ports).toMatchObject([{ port: 4568, variable: 'PROFILES_PORT' }])
  })

  test('providers are ready before what sends to them', () => {
    const stage = (name: string) => plan(KEYS).find(name)?.stage ?? Number.NaN
    expect(stage('sandbox')).toBe(stage('daemon'))
    expect(stage('profiles')).toBe(stage('api'))
    expect(stage('daemon')).toBeLessThan(stage('database'))
    expect(stage('database')).toBeLessThan(stage('api'))
  })

  test('the embedded database listens on loopback alone, on a port that can be moved', () => {
    const { find } = plan({ DATABASE_PORT: '5500', BACKEND_HOST: '0.0.0.0' })
    expect(find('database')).toMatchObject({
      args: ['--liftoff-only', 'backend/database/server.ts'],
      ports: [{ port: 5500, protocol: 'tcp', host: '127.0.0.1', variable: 'DATABASE_PORT' }],
      ready: { kind: 'postgres', host: '127.0.0.1', port: 5500 },
    })
    expect(find('api')?.env).toMatchObject({ DATABASE_PORT: '5500' })
    expect(find('api')?.env).not.toHaveProperty('DATABASE_URL')
  })

  test('with DATABASE_URL there is no database of ours, and the daemon does not get the password', () => {
    const { names, find } = plan({ ...KEYS, DATABASE_URL: 'postgresql://me:db-secret@db:5432/cruddur' })
    expect(names).toEqual(['sandbox', 'daemon', 'profiles', 'api'])
    expect(find('api')?.env).toMatchObject({ DATABASE_URL: 'postgresql://me:db-secret@db:5432/cruddur' })
    expect(JSON.stringify(find('daemon'))).not.toContain('db-secret')
    expect(JSON.stringify(find('api')?.args)).not.toContain('db-secret')
  })

  test('with AWS keys: the real daemon, with the keys only in its environment, and no other provider’s', () => {
    const { names, find } = plan({ ...KEYS, HONEYCOMB_API_KEY: 'honey-secret', AWS_REGION: 'eu-west-1' })
    expect(names).toEqual(['sandbox', 'daemon', 'database', 'profiles', 'api'])
    const daemon = find('daemon')
    expect(daemon).toMatchObject({
      command: join(DIRECTORY, 'bin', 'xray'),
      args: ['-o', '-n', 'eu-west-1', '-t', '127.0.0.1:2000', '-b', '127.0.0.1:2000'],
      cwd: join(DIRECTORY, 'run'),
      env: { ...KEYS, AWS_REGION: 'eu-west-1' },
      ready: { kind: 'tcp', host: '127.0.0.1', port: 2000 },
      requires: { code: 'DAEMON_MISSING', fix: 'npm run daemon' },
    })
    expect(JSON.stringify(daemon)).not.toContain('honey-secret')
    expect(daemon?.args.join()).not.toContain('secret')
    expect(find('sandbox')?.ports.map(({ variable }) => variable)).toEqual(['SANDBOX_PORT'])
  })

  test('the daemon has an AWS endpoint only if the person set one', () => {
    expect(plan(KEYS).find('daemon')?.env).not.toHaveProperty('AWS_ENDPOINT_URL_XRAY')
    const { find } = plan({ ...KEYS, AWS_ENDPOINT_URL_XRAY: 'http://proxy:1' })
    expect(find('daemon')?.env).toMatchObject({ AWS_ENDPOINT_URL_XRAY: 'http://proxy:1' })
  })

  test('a daemon on another host is not ours to start', () => {
    const address = { AWS_XRAY_DAEMON_ADDRESS: 'xray-daemon:2000' }
    expect(plan({ ...KEYS, ...address }).names).toEqual(['sandbox', 'database', 'profiles', 'api'])
    expect(
      plan(address)
        .find('sandbox')
        ?.ports.map(({ port }) => port),
    ).toEqual([4318])
  })

  test('behind a collector there is no daemon of ours', () => {
    const collector = { XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4319' }
    expect(plan({ ...KEYS, ...collector }).names).not.toContain('daemon')
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

  test('UDP and TCP of the daemon may differ', () => {
    const { find } = plan({ ...KEYS, AWS_XRAY_DAEMON_ADDRESS: 'udp:127.0.0.1:2001 tcp:127.0.0.1:2002' })
    expect(find('daemon')?.args).toEqual([
      '-o',
      '-n',
      'us-east-1',
      '-t',
      '127.0.0.1:2002',
      '-b',
      '127.0.0.1:2001',
    ])
    expect(find('daemon')?.ready).toMatchObject({ port: 2002 })
  })

  test('no sandbox when every provider is live or off', () => {
    const off = { HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'false', XRAY_ENABLED: 'false' }
    expect(plan(off).names).toEqual(['database', 'profiles', 'api'])
    expect(plan({ ...off, XRAY_ENABLED: 'true', ...KEYS }).names).toEqual([
      'daemon',
      'database',
      'profiles',
      'api',
    ])
  })

  const SECRETS = {
    ...KEYS,
    AWS_SESSION_TOKEN: 'aws-token-secret',
    HONEYCOMB_API_KEY: 'honey-secret',
    ROLLBAR_ACCESS_TOKEN: 'rollbar-secret',
    ROLLBAR_READ_TOKEN: 'rollbar-read-secret',
    DATABASE_URL: 'postgresql://me:db-secret@db:5432/cruddur',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/a/file-secret',
  }
  const secretsOf = (name: string, environment: Record<string, string>) =>
    [...new Set(JSON.stringify(plan(environment).find(name)?.env ?? {}).match(/[\w-]+-secret/g))].toSorted()

  test.each([
    ['sandbox', { XRAY_ENABLED: 'local' }, ['honey-secret']],
    ['daemon', {}, ['aws-secret', 'aws-token-secret', 'file-secret']],
    ['profiles', {}, ['honey-secret', 'rollbar-secret']],
    ['api', {}, ['db-secret', 'honey-secret', 'rollbar-secret']],
    ['profiles', { HONEYCOMB_ENABLED: 'local', ROLLBAR_ENABLED: 'false' }, []],
    [
      'profiles',
      { XRAY_PIPELINE: 'otlp' },
      ['aws-secret', 'aws-token-secret', 'file-secret', 'honey-secret', 'rollbar-secret'],
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

  test('every process decides as the plan does which provider is live, without the provider’s credentials', () => {
    const cases = [
      {},
      SECRETS,
      { ...SECRETS, HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'local' },
      { ...SECRETS, XRAY_ENABLED: 'local' },
      { ROLLBAR_ACCESS_TOKEN: 'rollbar-secret' },
      { XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4319' },
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
    [{ PROFILES_URL: 'http://elsewhere:1' }, ['api']],
    [{ SANDBOX_ALLOWED_HOSTS: 'mine.example' }, ['sandbox']],
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

  test('the code of every process is found, in a moment', () => {
    const { specs } = plan()
    const startedAt = performance.now()
    const hashes = specs.map(({ cwd, sources }) => hashCode(cwd, sources))
    expect(performance.now() - startedAt).toBeLessThan(500)
    expect(new Set(hashes).size).toBe(specs.length)
  })

  test('variables that SDKs read are part of the plan; those of a terminal are not', () => {
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

  test('addresses to listen on are reached by loopback', () => {
    const { find } = plan({ BACKEND_HOST: '0.0.0.0', SANDBOX_HOST: '::' })
    expect(find('api')).toMatchObject({
      ports: [{ host: '0.0.0.0' }],
      ready: { url: 'http://127.0.0.1:4567/health' },
    })
    expect(find('sandbox')?.ready).toMatchObject({ url: 'http://127.0.0.1:4318/health' })
  })
})
