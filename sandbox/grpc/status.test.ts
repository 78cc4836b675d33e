import { expect, test } from 'vitest'
import { HttpError } from '../http/answer.ts'
import { errorTrailers } from './status.ts'

test.each([
  [400, '13'],
  [401, '16'],
  [403, '7'],
  [404, '12'],
  [408, '4'],
  [413, '8'],
  [415, '12'],
  [500, '13'],
  [503, '14'],
])('HTTP’s %i is gRPC’s status %s', (status, code) => {
  expect(errorTrailers(new HttpError(status, 'no'))).toEqual({ 'grpc-status': code, 'grpc-message': 'no' })
})

test('a message is percent-encoded where it is not printable ASCII, and decodes to itself', () => {
  const text = 'a b\n"ü€😀" 100 % ~'
  const { 'grpc-message': encoded } = errorTrailers(new HttpError(400, `${text}\ud800`))
  expect(encoded).toMatch(/^a b%0A"[ -~]+$/)
  expect(decodeURIComponent(encoded)).toBe(`${text}\ufffd`)
})

test('a message that contains what was sent is cut', () => {
  const { 'grpc-message': encoded } = errorTrailers(new HttpError(400, 'x'.repeat(100_000)))
  expect(encoded).toHaveLength(1_000)
})
