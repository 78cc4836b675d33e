import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createTerminal } from '../command-line/terminal.ts'
import { type Decided, lostErrors, showTailSampling } from './result.ts'

const error: Decided = { traceId: 'e', status: 500, policy: 'every-error', sampleRate: 1 }
const tenth: Decided = { traceId: 't', status: 200, policy: 'a-tenth-of-the-rest', sampleRate: 10 }
const dropped: Decided = { traceId: 'd', status: 200, policy: undefined, sampleRate: 1 }

function show(decided: readonly Decided[]): string {
  const page = new PassThrough()
  const terminal = createTerminal(page as unknown as NodeJS.WriteStream)
  showTailSampling(decided, { page: 'http://page.test', service: 'api-collected' }, terminal)
  return String(page.read())
}

test('the table says by which policy failing and good requests were kept, and what Honeycomb counts', () => {
  const text = show([error, error, tenth, ...Array.from({ length: 9 }, () => dropped)])
  expect(text).toContain('Sent and traced: 12 requests, 2 of them failing. Kept: 3 traces.')
  expect(text).toMatch(/every-error +2 +0 +1\n/)
  expect(text).toMatch(/a-tenth-of-the-rest +0 +1 +10\n/)
  expect(text).toMatch(/dropped +0 +9\n/)
  expect(text).toContain('kept all 2 in one of 100 runs')
  expect(text).toContain('Honeycomb counts 12 requests, from 3 traces')
  expect(text).toContain('http://page.test/?service=api-collected')
})

test('a failing request that was dropped is named', () => {
  const lost = { ...error, policy: undefined }
  expect(lostErrors([lost, error, dropped])).toEqual([lost])
  expect(show([lost, error])).toContain('Of 2 failing requests 1 were not kept: e.')
})
