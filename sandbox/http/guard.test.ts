import { describe, expect, test } from 'vitest'
import { HttpError } from './answer.ts'
import { createGuard } from './guard.ts'

const guard = createGuard(['0.0.0.0', 'sandbox', '*.example.org', ''])

function statusOf(headers: Record<string, string>, method = 'POST'): number {
  try {
    guard({ method, headers, localAddress: '172.17.0.2' })
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
    'sandbox:4318',
    'x.example.org',
    '4318-me-repo-1a2b.ws-eu1.gitpod.io',
    'fluffy-4318.app.github.dev',
    '172.17.0.2:4318',
  ])('%s is allowed', (host) => expect(statusOf({ host })).toBe(200))

  test.each([
    'evil.example',
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
    expect(() => guard({ method: 'GET', headers: { host: 'my.box' }, localAddress: undefined })).toThrow(
      /"my.box".*SANDBOX_ALLOWED_HOSTS/,
    )
  })

  test('a star allows all hosts', () => {
    const open = createGuard(['*'])
    expect(() => open({ method: 'POST', headers: { host: 'any' }, localAddress: undefined })).not.toThrow()
  })
})

describe('the Origin of writes', () => {
  const host = 'localhost:4318'
  test.each([
    ['none', {}, 200],
    ['the same', { origin: 'http://localhost:4318' }, 200],
    ['another port', { origin: 'http://localhost:3000' }, 403],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['an opaque one', { origin: 'null' }, 403],
    ['another site by fetch metadata', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a forwarded one', { origin: 'https://x.gitpod.io', 'x-forwarded-host': 'x.gitpod.io' }, 200],
  ])('%s', (_what, headers, status) => expect(statusOf({ host, ...headers })).toBe(status))

  test('does not matter to reads', () => {
    expect(statusOf({ host, origin: 'https://evil.example' }, 'GET')).toBe(200)
  })
})
