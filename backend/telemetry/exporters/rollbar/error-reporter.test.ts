import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Delivery } from '../delivery.ts'
import { createErrorReporter } from './error-reporter.ts'

const received: string[] = []
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received.push(body)
      response.setHeader('content-type', 'application/json')
      response.end('{"err":0,"result":{"id":null,"uuid":"00000000000040008000000000000000"}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => server.close())

test('errors above the limit per minute are counted as dropped and have no uuid', async () => {
  const delivery = new Delivery(() => {})
  const reporter = createErrorReporter(
    {
      accessToken: 'token',
      apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      environment: 'test',
      itemsPerMinute: 3,
    },
    { name: 'orders', version: '1' },
    delivery,
    () => ({}),
    new Set(),
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
