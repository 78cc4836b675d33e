import { describe, expect, test } from 'vitest'
import { HttpError } from './answer.ts'
import { createGuard } from './guard.ts'

const NAMES = ['0.0.0.0', 'sandbox', '*.example.org', '4318-me-repo-1a2b.ws-eu1.gitpod.io', '']
const guard = createGuard({
  allowedHosts: NAMES,
  allowedOrigins: ['https://shop.example', 'http://*.lan:*'],
})

function statusOf(
  headers: Record<string, string>,
  { method = 'POST', takesTelemetry = false, checks = guard } = {},
): number {
  const request = { method, headers, localAddress: '172.17.0.2' }
  try {
    checks.checkHost(request)
    checks.checkOrigin(request, takesTelemetry)
    return 200
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
}

describe('the Host header', () => {
  test.each([
    'localhost:4318',
    'LOCALHOST',
    '127.0.0.1:4318',
    '[::1]:4318',
    'a.localhost',
    'host.docker.internal:4318',
    'sandbox:4318',
    'x.example.org',
    '4318-me-repo-1a2b.ws-eu1.gitpod.io',
    'fluffy-4318.app.github.dev',
    '172.17.0.2:4318',
  ])('%s is allowed', (host) => expect(statusOf({ host })).toBe(200))

  test.each([
    'evil.example',
    'evil.host.docker.internal',
    'example.org',
    'localhost.evil.example',
    'gitpod.io.evil.example',
    'notgitpod.io',
    '10.0.0.9',
    '',
    'a:b:c',
    'localhost@evil.example',
  ])('%j is not allowed', (host) => expect(statusOf({ host })).toBe(403))

  test('a 403 names the setting that allows the host', () => {
    const unknown = { method: 'GET', headers: { host: 'my.box' }, localAddress: undefined }
    expect(() => guard.checkHost(unknown)).toThrow(/"my.box".*SANDBOX_ALLOWED_HOSTS/)
  })

  test('a star allows all hosts', () => {
    expect(statusOf({ host: 'any' }, { checks: createGuard({ allowedHosts: ['*'] }) })).toBe(200)
  })
})

const CROSS = { 'sec-fetch-site': 'cross-site' }

describe('the Origin of writes', () => {
  const host = 'localhost:4318'
  test.each([
    ['none', {}, 200],
    ['the same', { origin: 'http://localhost:4318' }, 200],
    ['another port', { origin: 'http://localhost:3000' }, 403],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['an allowed one', { origin: 'https://shop.example' }, 403],
    ['an opaque one', { origin: 'null' }, 403],
    ['another site by fetch metadata', CROSS, 403],
    ['a forwarded one', { origin: 'https://x.gitpod.io', 'x-forwarded-host': 'x.gitpod.io' }, 200],
  ])('%s', (_what, headers, status) => expect(statusOf({ host, ...headers })).toBe(status))

  test('does not matter to reads', () => {
    expect(statusOf({ host, origin: 'https://evil.example' }, { method: 'GET' })).toBe(200)
  })
})

describe('the Origin of telemetry', () => {
  const statusFrom = (origin: string, headers = {}, host = 'localhost:4318') =>
    statusOf({ host, origin, ...headers }, { takesTelemetry: true })

  test.each([
    'http://localhost:3000',
    'https://localhost:3000',
    'http://app.localhost',
    'http://127.0.0.1:8080',
    'http://127.9.9.9:1',
    'http://[::1]:3000',
    'http://sandbox:3000',
    'https://shop.example',
    'http://printer.lan:9100',
  ])('%s is allowed', (origin) => {
    expect(statusFrom(origin)).toBe(200)
    expect(statusFrom(origin, CROSS)).toBe(200)
  })

  test.each([
    'https://evil.example',
    'http://localhost.evil.example:3000',
    'http://evil-localhost:3000',
    'http://127.0.0.1.evil.example',
    'http://192.168.1.7:3000',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.evil.example',
    'https://lan:1',
    'chrome-extension://localhost',
    'null',
    'file://',
    '',
    'localhost',
    'http://localhost@evil.example',
  ])('%j is not allowed', (origin) => {
    expect(statusFrom(origin)).toBe(403)
  })

  test('every port of the machine that the sandbox was called by is its own', () => {
    expect(statusFrom('http://172.17.0.2:3000', {}, '172.17.0.2:4318')).toBe(200)
    expect(statusFrom('http://172.17.0.3:3000', {}, '172.17.0.2:4318')).toBe(403)
  })

  test.each([
    ['https://3000-me-repo-1a2b.ws-eu1.gitpod.io', 'localhost:4318', 200],
    ['https://3000-me-repo-1a2b.ws-eu1.gitpod.io', '4318-me-repo-1a2b.ws-eu1.gitpod.io', 200],
    ['https://3000-evil-repo-1a2b.ws-eu1.gitpod.io', '4318-me-repo-1a2b.ws-eu1.gitpod.io', 403],
    ['https://me-repo-1a2b.ws-eu1.gitpod.io', '4318-me-repo-1a2b.ws-eu1.gitpod.io', 403],
    ['https://3000--0196.eu01.gitpod.dev', '4318--0196.eu01.gitpod.dev', 200],
    ['https://fluffy-3000.app.github.dev', 'fluffy-4318.app.github.dev', 200],
    ['https://evil-3000.app.github.dev', 'fluffy-4318.app.github.dev', 403],
    ['https://3000.app.github.dev', '4318.app.github.dev', 403],
    ['https://fluffy-3000.app.github.dev.evil.example', 'fluffy-4318.app.github.dev', 403],
  ])('%s to %s: forwarded ports of one workspace are its own', (origin, host, status) => {
    expect(statusFrom(origin, CROSS, host)).toBe(status)
    expect(statusFrom(origin, { ...CROSS, 'x-forwarded-host': host }, 'localhost:4318')).toBe(status)
  })

  test('a star allows all, also pages that are opened from a file', () => {
    const checks = createGuard({ allowedHosts: [], allowedOrigins: ['*'] })
    for (const origin of ['null', 'https://evil.example']) {
      const headers = { host: 'localhost', origin }
      expect(statusOf(headers, { takesTelemetry: true, checks })).toBe(200)
      expect(statusOf(headers, { checks })).toBe(403)
    }
  })

  test.each([
    ['https://evil.example', true, /"https:\/\/evil.example".*SANDBOX_ALLOWED_ORIGINS/],
    ['null', true, /from a file.*http:\/\/localhost/],
    ['http://localhost:3000', false, /another origin \("http:\/\/localhost:3000"\) may only send telemetry/],
  ])('a 403 for %s names the fix', (origin, takesTelemetry, reason) => {
    const request = { method: 'POST', headers: { host: 'localhost:4318', origin }, localAddress: undefined }
    expect(() => guard.checkOrigin(request, takesTelemetry)).toThrow(reason)
  })

  test('returns the page’s origin, for the answer; none for other clients and for the sandbox’s own pages', () => {
    const originOf = (origin?: string) =>
      guard.checkOrigin(
        { method: 'POST', headers: { host: 'localhost:1', origin }, localAddress: undefined },
        true,
      )
    expect(originOf('http://localhost:2')).toBe('http://localhost:2')
    expect([originOf('http://localhost:1'), originOf()]).toEqual([undefined, undefined])
  })
})
