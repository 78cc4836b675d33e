import { expect, test } from 'vitest'
import { isPartOfForeignPage, isSameOrigin } from './page-requests.ts'

const host = 'localhost:4567'
const metadata = (site: string, mode: string, target: string, origin?: string) => ({
  host,
  'sec-fetch-site': site,
  'sec-fetch-mode': mode,
  'sec-fetch-dest': target,
  ...(origin !== undefined && { origin }),
})

test.each([
  ['curl, an SDK, another program', { host }, true],
  ['its own page', metadata('same-origin', 'cors', 'empty', `http://${host}`), true],
  [
    'its own page through a development proxy',
    metadata('same-origin', 'cors', 'empty', 'http://localhost:3000'),
    true,
  ],
  ['its own page, without metadata', { host, origin: `http://${host}` }, true],
  [
    'its own page over a forwarded port',
    { host, 'x-forwarded-host': 'a.gitpod.io', origin: 'https://a.gitpod.io' },
    true,
  ],
  ['a page of another port', metadata('same-site', 'cors', 'empty', 'http://localhost:3000'), false],
  ['a page of another port, without metadata', { host, origin: 'http://localhost:3000' }, false],
  ['another site', metadata('cross-site', 'no-cors', 'empty', 'https://evil.example'), false],
  ['another site that names no origin', metadata('cross-site', 'no-cors', 'empty'), false],
  ['a page without an origin', { host, origin: 'null' }, false],
])('the sender of a write is the server’s own: %s', (_who, headers, is) => {
  expect(isSameOrigin(headers)).toBe(is)
})

test.each([
  ['fetch', metadata('cross-site', 'cors', 'empty', 'https://evil.example'), true],
  ['an image', metadata('cross-site', 'no-cors', 'image'), true],
  ['a script', metadata('cross-site', 'no-cors', 'script'), true],
  ['an object', metadata('cross-site', 'navigate', 'object'), true],
  ['an embed', metadata('cross-site', 'navigate', 'embed'), true],
  ['fetch to an address to which browsers send no metadata', { host, origin: 'https://evil.example' }, true],
  ['a program', { host }, false],
  ['an address that a person types', metadata('none', 'navigate', 'document'), false],
  ['a link', metadata('cross-site', 'navigate', 'document'), false],
  ['a frame', metadata('cross-site', 'navigate', 'iframe'), false],
  ['fetch of its own page', metadata('same-origin', 'cors', 'empty'), false],
  ['an image in a page of another port', metadata('same-site', 'no-cors', 'image'), false],
])('a read is part of another site’s page: %s', (_what, headers, is) => {
  expect(isPartOfForeignPage(headers)).toBe(is)
})
