import { describe, expect, test } from 'vitest'
import { HttpError } from './answer.ts'
import { createGuard, ForeignPageError } from './guard.ts'

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

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
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

  test.each([
    [{ origin: 'http://my.box:3000' }, 'http://my.box:3000'],
    [{ 'user-agent': 'Mozilla/5.0', referer: 'http://my.box:1/a?b' }, 'http://my.box:1'],
    [{ 'sec-fetch-site': 'none' }, ''],
    [{ 'user-agent': 'node' }, undefined],
  ])('a 403 tells a page from a program: %j', (headers, origin) => {
    const request = { method: 'GET', headers: { host: 'my.box', ...headers }, localAddress: undefined }
    const error = thrownBy(() => guard.checkHost(request))
    expect(error).toBeInstanceOf(HttpError)
    expect(error instanceof ForeignPageError ? error.origin : undefined).toBe(origin)
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
})

describe('reads', () => {
  const fetched = (site: string, mode: string, target: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': target,
  })
  const ORIGIN = { origin: 'https://evil.example' }
  const host = '4318-me-repo-1a2b.ws-eu1.gitpod.io'
  const statuses = (headers: Record<string, string>) =>
    ['GET', 'HEAD'].map((method) => statusOf({ host, ...headers }, { method, takesTelemetry: true }))

  test.each([
    ['fetch', { ...fetched('cross-site', 'cors', 'empty'), ...ORIGIN }],
    ['fetch without CORS', fetched('cross-site', 'no-cors', 'empty')],
    ['EventSource', { ...fetched('cross-site', 'cors', 'empty'), ...ORIGIN }],
    ['an image', fetched('cross-site', 'no-cors', 'image')],
    ['a script', fetched('cross-site', 'no-cors', 'script')],
    ['a stylesheet', fetched('cross-site', 'no-cors', 'style')],
    ['an object', fetched('cross-site', 'navigate', 'object')],
    ['an embed', fetched('cross-site', 'navigate', 'embed')],
    ['a WebSocket', { ...fetched('cross-site', 'websocket', 'empty'), ...ORIGIN }],
    ['fetch to an address to which browsers send no metadata', ORIGIN],
    ['an unknown kind', CROSS],
  ])('by a page of another site are a 403: %s', (_what, headers) => {
    expect(statuses(headers)).toEqual([403, 403])
  })

  test.each([
    ['curl, an SDK, another program', {}],
    ['an address that a person types', fetched('none', 'navigate', 'document')],
    ['a link in another site', fetched('cross-site', 'navigate', 'document')],
    ['a frame, as of VS Code’s browser', fetched('cross-site', 'navigate', 'iframe')],
    ['its own scripts', fetched('same-origin', 'cors', 'script')],
    ['its own fetch and EventSource', fetched('same-origin', 'cors', 'empty')],
    [
      'its own page over a forwarded port',
      { ...fetched('same-origin', 'cors', 'empty'), origin: `https://${host}` },
    ],
    ['a page of another port, without metadata', { origin: 'http://localhost:3000' }],
    ['its own page, without metadata', { origin: `http://${host}` }],
    ['a page of another port of this machine', fetched('same-site', 'no-cors', 'image')],
  ])('are answered: %s', (_what, headers) => {
    expect(statuses(headers)).toEqual([200, 200])
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
    expect(thrownBy(() => guard.checkOrigin(request, takesTelemetry))).toMatchObject({ origin })
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
