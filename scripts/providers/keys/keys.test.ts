import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  always,
  honeycomb,
  honeycombAuth,
  ProviderServer,
  rollbar,
} from '../../../tests/harness/provider-server.ts'
import { askProvider } from '../../machine/http-json.ts'
import { checkHoneycombKey } from './honeycomb-key.ts'
import { formOf } from './key-check.ts'
import { checkRollbarReadToken, checkRollbarToken } from './rollbar-token.ts'

const KEY = 'a1B2c3D4e5F6g7H8i9J0kL'
const DATASET = 'cruddur-backend'

describe('a Honeycomb key', () => {
  test('that is good: the result says whose it is, and never contains it', async () => {
    await using server = await ProviderServer.start(honeycomb({ [KEY]: honeycombAuth() }))
    const check = await checkHoneycombKey({ apiEndpoint: server.url, apiKey: KEY }, DATASET)
    expect(check).toEqual({ outcome: 'good', says: 'Honeycomb: team acme, environment test' })
    expect(JSON.stringify(check)).not.toContain(KEY)
  })

  test('of Classic has no environment; an ingest key is named so; both spellings of a permission are read', async () => {
    const classic = honeycombAuth(
      { events: true, create_datasets: true },
      { environment: {}, type: 'ingest' },
    )
    await using server = await ProviderServer.start(honeycomb({ [KEY]: classic }))
    expect(await checkHoneycombKey({ apiEndpoint: server.url, apiKey: KEY }, DATASET)).toEqual({
      outcome: 'good',
      says: 'Honeycomb: team acme, Classic, an ingest key',
    })
  })

  test.each(['first\nsecond', 'zero\u200bwidth', 'tab\u0000nul'])(
    'that no header can carry is bad, and not shown: %j',
    async (key) => {
      await using server = await ProviderServer.start(honeycomb({}))
      const checks = [
        await checkHoneycombKey({ apiEndpoint: server.url, apiKey: key }, DATASET),
        await checkRollbarReadToken(server.url, key),
      ]
      expect(checks.map(({ outcome }) => outcome)).toEqual(['bad', 'bad'])
      for (const part of key.split(/[^a-z]+/)) expect(JSON.stringify(checks)).not.toMatch(`"${part}`)
      expect(await askProvider(server.url, { key })).not.toContain(key.slice(0, 4))
    },
  )

  test('of the other region is recognised by asking there', async () => {
    await using us = await ProviderServer.start(honeycomb({}))
    await using eu = await ProviderServer.start(honeycomb({ [KEY]: honeycombAuth() }))
    const regions = { 'the US': us.url, 'the EU': eu.url }
    expect(await checkHoneycombKey({ apiEndpoint: us.url, apiKey: KEY }, DATASET, regions)).toEqual({
      outcome: 'bad',
      code: 'KEY_REFUSED',
      what: 'The Honeycomb key belongs to the EU, and telemetry is sent to the US.',
      fix: `npm run env -- HONEYCOMB_API_ENDPOINT=${eu.url}`,
    })
  })

  test('is sent to the other region only from a region of Honeycomb, not from a custom address', async () => {
    await using own = await ProviderServer.start(honeycomb({}))
    await using other = await ProviderServer.start(honeycomb({ [KEY]: honeycombAuth() }))
    const check = await checkHoneycombKey({ apiEndpoint: own.url, apiKey: KEY }, DATASET, {
      'the EU': other.url,
    })
    expect(check.outcome).toBe('bad')
    expect(other.requests).toEqual([])
  })

  test('that may not send events is bad; one that may not create datasets gets a note, unless the dataset exists', async () => {
    const noEvents = honeycombAuth({ events: false })
    const noDatasets = honeycombAuth({ events: true, createDatasets: false })
    await using server = await ProviderServer.start(honeycomb({ a: noEvents, b: noDatasets }, ['other']))
    const checkKey = (apiKey: string, dataset: string) =>
      checkHoneycombKey({ apiEndpoint: server.url, apiKey }, dataset)
    expect(await checkKey('a', DATASET)).toMatchObject({
      outcome: 'bad',
      what: expect.stringContaining('may not send events'),
    })
    expect(await checkKey('b', DATASET)).toMatchObject({
      outcome: 'good',
      note: { what: expect.stringContaining(DATASET) },
    })
    expect(await checkKey('b', 'Other')).not.toHaveProperty('note')
  })

  test.each([
    ['<your api key>', 'a placeholder'],
    ['AKIAIOSFODNN7EXAMPLE', 'an AWS access key id'],
    ['0123456789abcdef0123456789abcdef', 'a Rollbar token, or a key of Honeycomb Classic'],
  ])('%s is recognised by its form', async (apiKey, form) => {
    await using server = await ProviderServer.start(honeycomb({}))
    const check = await checkHoneycombKey({ apiEndpoint: server.url, apiKey }, DATASET)
    expect(check).toMatchObject({ outcome: 'bad', what: expect.stringContaining(form) })
  })

  test.each([
    [503, 'unavailable', 'answered 503'],
    [429, { error: 'slow down' }, 'answered 429'],
    [200, '<html>Welcome to the hotel</html>', 'not as Honeycomb does'],
  ])('is unknown, not bad, when the answer is %i', async (status, body, words) => {
    await using server = await ProviderServer.start(always(status, body))
    const check = await checkHoneycombKey({ apiEndpoint: server.url, apiKey: KEY }, DATASET)
    expect(check).toMatchObject({ outcome: 'unknown', what: expect.stringContaining(words) })
  })
})

describe('a Rollbar token', () => {
  const SCOPES = { server: 'post_server_item', client: 'post_client_item', reader: 'read' }

  test.each([
    ['server', 'good', undefined],
    ['client', 'bad', 'ROLLBAR_ACCESS_TOKEN has only post_client_item, and a server needs post_server_item.'],
    ['unknown', 'bad', 'Rollbar does not know ROLLBAR_ACCESS_TOKEN.'],
  ])('%s is %s', async (accessToken, outcome, what) => {
    await using server = await ProviderServer.start(rollbar(SCOPES))
    const check = await checkRollbarToken({ apiEndpoint: server.url, accessToken })
    expect(check).toMatchObject({ outcome, ...(what && { what }) })
    expect(server.requests.map(({ path }) => path)).toEqual(['/api/1/items?page=1'])
  })

  test('that reads may also send, which only sending shows', async () => {
    await using server = await ProviderServer.start(rollbar(SCOPES))
    expect(await checkRollbarToken({ apiEndpoint: server.url, accessToken: 'reader' })).toMatchObject({
      outcome: 'good',
      note: { fix: expect.stringContaining('post_server_item') },
    })
  })

  test('for reading needs the scope read', async () => {
    await using server = await ProviderServer.start(rollbar(SCOPES))
    expect((await checkRollbarReadToken(server.url, 'reader')).outcome).toBe('good')
    expect(await checkRollbarReadToken(server.url, 'server')).toMatchObject({
      outcome: 'bad',
      what: 'ROLLBAR_READ_TOKEN has only post_server_item, and reading needs read.',
    })
  })

  test('is unknown, not bad, when Rollbar does not answer', async () => {
    const check = await checkRollbarToken({ apiEndpoint: 'http://127.0.0.1:1', accessToken: 'x' })
    expect(check).toMatchObject({ outcome: 'unknown', what: expect.stringContaining('cannot be reached') })
  })
})

describe('asking', () => {
  test('a host that does not answer times out', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const { port } = silent.address() as AddressInfo
    expect(await askProvider(`http://127.0.0.1:${port}/`, {}, 50)).toBe(
      `127.0.0.1:${port} did not answer within 0.05 s`,
    )
    silent.close()
  })

  test('a redirect is not followed, with a key or without one', async () => {
    await using other = await ProviderServer.start(always(200, {}))
    await using server = await ProviderServer.start(always(302, '', { location: other.url }))
    expect(await askProvider(server.url, { 'x-honeycomb-team': KEY })).toContain('cannot be reached')
    expect(other.requests).toEqual([])
  })
})

test.each([
  ['hcaik_01hqk4k20cjeh63wca8vva5stw70nft6m5n8wr8f5mjx3762s8269j50wc', 'a Honeycomb ingest key'],
  ['hcxmk_01hqk4k20cjeh63wca8vva5stw70nft6m5n8wr8f5mjx3762s8269j50wc', 'a Honeycomb management key'],
  [KEY, 'a Honeycomb configuration key'],
  ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'an AWS secret access key'],
  ['your-key', 'a placeholder'],
  ['$HONEYCOMB_API_KEY', 'a placeholder'],
  ['https://api.honeycomb.io', 'an address'],
  ['something else', undefined],
])('%s looks like %s', (text, form) => {
  expect(formOf(text)?.name).toBe(form)
})
