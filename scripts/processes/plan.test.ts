import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings } from '../../settings/read.ts'
import { planProcesses } from './plan.ts'
import { processSpec } from './spec.ts'

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
  test('the services tell which workspace they are in; what is set already counts more, since it comes last', () => {
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

  test('without any key: the sandbox plays all three, on the daemon’s port as well', () => {
    const { names, find, specs } = plan()
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
    for (const spec of specs) expect(processSpec.parse(spec)).toEqual(spec)
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

  test('with DATABASE_URL there is no database of ours, and the daemon is not told the password', () => {
    const { names, find } = plan({ ...KEYS, DATABASE_URL: 'postgresql://me:db-secret@db:5432/cruddur' })
    expect(names).toEqual(['sandbox', 'daemon', 'profiles', 'api'])
    expect(find('api')?.env).toMatchObject({ DATABASE_URL: 'postgresql://me:db-secret@db:5432/cruddur' })
    expect(JSON.stringify(find('daemon'))).not.toContain('db-secret')
    expect(JSON.stringify(find('api')?.args)).not.toContain('db-secret')
  })

  test('with AWS keys: the real daemon, in the environment alone, told nothing else', () => {
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
    expect(daemon?.without).toContain('HONEYCOMB_API_KEY')
    expect(daemon?.args.join()).not.toContain('secret')
    expect(find('sandbox')?.ports.map(({ variable }) => variable)).toEqual(['SANDBOX_PORT'])
  })

  test('the daemon has an AWS endpoint only if the person set one', () => {
    expect(plan(KEYS).find('daemon')?.env).not.toHaveProperty('AWS_ENDPOINT_URL_XRAY')
    const { find } = plan({ ...KEYS, AWS_ENDPOINT_URL_XRAY: 'http://proxy:1' })
    expect(find('daemon')?.env).toMatchObject({ AWS_ENDPOINT_URL_XRAY: 'http://proxy:1' })
  })

  test('a daemon elsewhere is somebody else’s', () => {
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

  test('the backends know where a browser finds the sandbox, where that is not where they do', () => {
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

  test('in Ona the services listen where the platform finds them, and a host that was set stays', () => {
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

  test('the sandbox answers to the name that the platform gives its port', () => {
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

  test('a process gets every setting that has a value, as text, and none that has not', () => {
    const { find } = plan({ HONEYCOMB_API_KEY: 'honey-secret', PORT: '5001', OTEL_TRACES_SAMPLER_ARG: '0.5' })
    const api = find('api')
    expect(api?.env).toMatchObject({
      HONEYCOMB_API_KEY: 'honey-secret',
      PORT: '5001',
      AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
      OTEL_TRACES_SAMPLER_ARG: '0.5',
    })
    expect(api?.env).not.toHaveProperty('ROLLBAR_ACCESS_TOKEN')
    expect(api?.without).toContain('ROLLBAR_ACCESS_TOKEN')
  })

  test('what SDKs read of the environment counts; what a terminal has does not', () => {
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
