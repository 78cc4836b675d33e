import { afterEach, expect, test, vi } from 'vitest'
import { getJson, isAbort } from './api.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

function answerWith(body: BodyInit | null, status = 200): void {
  vi.stubGlobal('document', { baseURI: 'http://sandbox/' })
  vi.stubGlobal('fetch', async () => new Response(body, { status }))
}

test('a read that is given up while its answer arrives has no value', async () => {
  const abort = new AbortController()
  const body = new ReadableStream({
    start: (controller) =>
      abort.signal.addEventListener('abort', () => controller.error(abort.signal.reason)),
  })
  answerWith(body)
  const reading = getJson('sandbox/latency', { signal: abort.signal }).catch(isAbort)
  abort.abort()
  expect(await reading).toBe(true)
})

test.each([
  ['{"points": [', 200, 'The sandbox answered 200 without a complete answer.'],
  ['{"message": "filter: wrong"}', 400, 'filter: wrong'],
  ['<html>', 502, 'The sandbox answered 502 without a complete answer.'],
])('%s with status %i is an error', async (body, status, message) => {
  answerWith(body, status)
  await expect(getJson('sandbox/latency')).rejects.toThrow(message)
})

test('an HTTP error has the code of its body', async () => {
  answerWith('{"message": "filter: expected a keyword", "code": "unfinished"}', 400)
  await expect(getJson('sandbox/requests')).rejects.toMatchObject({ body: { code: 'unfinished' } })
})

test('a 404 has a value', async () => {
  answerWith('{"pruned": true}', 404)
  expect(await getJson('sandbox/traces/x')).toEqual({ pruned: true })
})
