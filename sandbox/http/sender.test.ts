import { expect, test } from 'vitest'
import { senderOf } from './sender.ts'

test('senders have different addresses or keys, and one sender stays the same', () => {
  const aws = (id: string, signature: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/20261126/us-east-1/xray/aws4_request, Signature=${signature}`,
  })
  const senders = [
    senderOf('127.0.0.1', {}),
    senderOf('172.17.0.2', {}),
    senderOf('127.0.0.1', { 'x-honeycomb-team': 'one' }),
    senderOf('127.0.0.1', { 'x-honeycomb-team': 'two' }),
    senderOf('127.0.0.1', { 'x-rollbar-access-token': 'three' }),
    senderOf('127.0.0.1', aws('AKIA1', 'a')),
    senderOf('127.0.0.1', aws('AKIA2', 'a')),
  ]
  expect(new Set(senders)).toHaveLength(senders.length)
  expect(senderOf('127.0.0.1', aws('AKIA1', 'b'))).toBe(senderOf('127.0.0.1', aws('AKIA1', 'a')))
})
