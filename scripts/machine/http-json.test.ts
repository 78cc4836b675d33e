import { expect, test } from 'vitest'
import { ProviderServer } from '../../tests/harness/provider-server.ts'
import { askProvider, getJson } from './http-json.ts'

const MEGABYTE = `"${'x'.repeat(1024 * 1024)}",`

/** Answers with JSON that does not end, until the asker gives up. */
const endless = () =>
  ProviderServer.start((_request, response) => {
    response.on('error', () => {})
    const write = () => {
      while (!response.destroyed && response.write(MEGABYTE));
    }
    response.write('[')
    response.on('drain', write)
    write()
  })

test('an answer of more than 64 MB is given up', async () => {
  await using server = await endless()
  expect(await getJson(server.url, 60_000)).toBeUndefined()
  expect(await askProvider(server.url, {}, 60_000)).toMatch(
    /^127\.0\.0\.1:\d+ answered with more than 64 MB$/,
  )
})

test('a smaller answer is read whole, and an empty one has no body', async () => {
  await using server = await ProviderServer.start((request, response) => {
    response.end(request.url === '/empty' ? '' : JSON.stringify(['é', MEGABYTE]))
  })
  expect(await getJson(server.url, 60_000)).toEqual({ status: 200, body: ['é', MEGABYTE] })
  expect(await askProvider(server.url, {})).toMatchObject({ body: ['é', MEGABYTE] })
  expect(await askProvider(`${server.url}/empty`, {})).toMatchObject({ status: 200, body: undefined })
})
