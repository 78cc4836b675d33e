import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { ProviderServer } from '../../../../tests/harness/provider-server.ts'
import { Delivery } from '../delivery.ts'
import { createErrorReporter } from './error-reporter.ts'

test('errors above the limit per minute are counted as dropped and have no uuid', async () => {
  const received: string[] = []
  await using server = await ProviderServer.start(async (request, response) => {
    received.push(await text(request))
    response.setHeader('content-type', 'application/json')
    response.end('{"err":0,"result":{"id":null,"uuid":"00000000000040008000000000000000"}}')
  })
  const delivery = new Delivery(() => {})
  const reporter = createErrorReporter(
    {
      serviceName: 'orders',
      serviceVersion: '1',
      privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' },
      trustedProxies: 0,
      rollbar: { accessToken: 'token', apiEndpoint: server.url, environment: 'test', itemsPerMinute: 3 },
    },
    delivery,
  )
  const uuids = Array.from({ length: 5 }, (_, i) => reporter.report(new Error(`failure ${i}`)))
  await reporter.idle()
  expect(uuids.map((uuid) => typeof uuid)).toEqual(['string', 'string', 'string', 'undefined', 'undefined'])
  expect(delivery.report()).toMatchObject({ accepted: 3, refused: 0, dropped: 2, pending: 0 })
  expect(received).toHaveLength(3)
  for (const [index, uuid] of uuids.slice(0, 3).entries()) {
    expect(received.find((body) => body.includes(`failure ${index}`))).toContain(String(uuid))
  }
})

test('if Rollbar’s SDK does not load, errors are counted as dropped and the service continues', async () => {
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  const reporter = createErrorReporter(
    {
      serviceName: 'orders',
      serviceVersion: '1',
      privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' },
      trustedProxies: 0,
      // The SDK's constructor throws for a URL that it cannot parse.
      rollbar: { accessToken: 'token', apiEndpoint: 'http://[::1', environment: 'test', itemsPerMinute: 3 },
    },
    delivery,
  )
  reporter.load()
  expect(delivery.report()).toMatchObject({
    dropped: 0,
    lastError: { message: 'Rollbar’s SDK failed: Invalid URL' },
  })
  expect(reporter.report(new Error('failure'))).toBeUndefined()
  await reporter.idle()
  expect(delivery.report()).toMatchObject({ accepted: 0, refused: 0, dropped: 1, pending: 0 })
  expect(logged).toEqual(['Rollbar’s SDK failed: Invalid URL'])
})
