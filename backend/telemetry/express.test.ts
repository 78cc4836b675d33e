import { once } from 'node:events'
import { get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { HttpError, problemResponses } from './express.ts'

const reported: unknown[] = []
let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  reported.length = 0
})

/** An app with one route, and `ask`, which returns the status and the problem document of a request. */
async function serve(handler: RequestHandler, path = '/') {
  const app = express()
  app.post('/json', express.json({ limit: 20 }), (_request, response) => void response.end())
  app.get(path, handler)
  app.use(problemResponses({ reportError: (error) => `uuid ${reported.push(error)}` }))
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    ask: async (target = '/', init: RequestInit = {}) => {
      const response = await fetch(`${url}${target}`, init)
      return { status: response.status, body: await response.json() }
    },
  }
}

const throwing = (thrown: unknown) => () => {
  throw thrown
}
const failing = throwing(new Error('cannot be read'))
const hostile = new Proxy({}, { get: failing, has: failing, getPrototypeOf: failing, ownKeys: failing })
const fields = (more: object) => Object.assign(new Error('internal detail'), more)

describe('an error decides the status only if it was made for this response', () => {
  test.each<[string, unknown, number, string]>([
    ['HttpError', new HttpError(404, 'no such order'), 404, 'no such order'],
    ['http-errors, 4xx', fields({ status: 409, statusCode: 409, expose: true }), 409, 'internal detail'],
    ['http-errors by statusCode', fields({ statusCode: 410, expose: true }), 410, 'internal detail'],
    ['http-errors that is not exposed', fields({ status: 403, expose: false }), 403, 'Forbidden'],
    ['the router’s', Object.assign(new URIError('bad path'), { status: 400 }), 400, 'bad path'],
  ])('%s', async (_what, thrown, status, detail) => {
    const { ask } = await serve(throwing(thrown))
    expect(await ask()).toMatchObject({ status, body: { status, detail } })
    expect(reported).toEqual([])
  })

  test.each<[string, unknown, number]>([
    ['an unavailable database', fields({ status: 503, expose: false }), 503],
    ['an upstream’s 404, as axios has it', fields({ status: 404, response: {}, config: {} }), 500],
    ['an upstream’s 429, by statusCode', fields({ statusCode: 429 }), 500],
    ['AWS’s SDK', fields({ $metadata: { httpStatusCode: 403 }, $fault: 'client' }), 500],
    ['a status that is none', fields({ status: 'none', expose: true }), 500],
    ['a status below 400', fields({ status: 200, expose: true }), 500],
    ['a text', 'stop', 500],
    ['a proxy that throws on everything', hostile, 500],
    ['a frozen error', Object.freeze(new Error('frozen')), 500],
  ])('%s is reported, and its message is not sent', async (_what, thrown, status) => {
    const { ask } = await serve(throwing(thrown))
    const { body, ...answer } = await ask()
    expect({ ...answer, body }).toMatchObject({
      status,
      body: { status, detail: 'The error has been recorded.', rollbar_uuid: 'uuid 1' },
    })
    expect(reported).toHaveLength(1)
    expect(reported[0]).toBe(thrown)
  })

  test('express itself: a path that cannot be decoded, and bodies that cannot be parsed', async () => {
    const { ask } = await serve((_request, response) => void response.end(), '/:id')
    expect((await ask('/%E0%A4%A')).status).toBe(400)
    const json = (body: string) => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect((await ask('/json', json('{'))).status).toBe(400)
    expect((await ask('/json', json(`"${'x'.repeat(30)}"`))).status).toBe(413)
    expect(reported).toEqual([])
  })
})

describe('an error after the response has begun', () => {
  test('is reported, and the connection is closed', async () => {
    const { ask } = await serve((_request, response) => {
      response.write('half')
      throw hostile
    })
    await expect(ask()).rejects.toThrow()
    expect(reported).toHaveLength(1)
  })

  test('and has ended does not cut it off', async () => {
    const { url } = await serve((_request, response) => {
      response.end('x'.repeat(1_000_000))
      throw new Error('too late')
    })
    const length = await new Promise((resolve, reject) => {
      get(url, async (response) => resolve((await response.toArray()).join('').length)).on('error', reject)
    })
    expect(length).toBe(1_000_000)
    expect(reported).toHaveLength(1)
  })
})
