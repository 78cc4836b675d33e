import { expect, test } from 'vitest'
import { findDaemonTrouble, lastBatchMs } from './log.ts'

// The lines are those of daemon 3.6.
const STARTED = '2026-11-25T05:48:40Z [Info] Initializing AWS X-Ray daemon 3.6.6'
const SENT = '2026-11-25T05:48:45Z [Info] Successfully sent batch of 10 segments (0.002 seconds)'
const sendingFailed = (error: string) =>
  `2026-11-25T05:48:46Z [Error] Sending segment batch failed with: operation error XRay: PutTraceSegments, ${error}`
const status = (code: number, error: string) =>
  sendingFailed(`https response error StatusCode: ${code}, RequestID: , api error ${error}`)

test.each([
  [
    status(403, 'ExpiredTokenException: The security token included in the request is expired'),
    'credentials have expired',
  ],
  [
    status(
      403,
      'AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized to perform: xray:PutTraceSegments',
    ),
    'may not send segments',
  ],
  [
    status(403, 'UnrecognizedClientException: The security token included in the request is invalid.'),
    'does not know the daemon’s credentials',
  ],
  [
    status(
      403,
      'InvalidSignatureException: The request signature we calculated does not match the signature you provided',
    ),
    'does not know the daemon’s credentials',
  ],
  [
    status(403, 'InvalidSignatureException: Signature expired: 20261125T050000Z is now earlier than'),
    'clock is wrong',
  ],
  [
    sendingFailed(
      'exceeded maximum number of attempts, 2, https response error StatusCode: 429, RequestID: , ThrottledException: Rate exceeded',
    ),
    '429',
  ],
  [
    sendingFailed(
      'get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds',
    ),
    'has no credentials',
  ],
  [
    sendingFailed(
      'exceeded maximum number of attempts, 2, https response error StatusCode: 0, RequestID: , request send failed, Post "http://127.0.0.1:15998/TraceSegments": dial tcp 127.0.0.1:15998: connect: connection refused',
    ),
    'cannot reach AWS',
  ],
  ['2026-11-25T05:49:46Z [Error] listen udp 127.0.0.1:2000: bind: address already in use', 'UDP port'],
  [
    '2026-11-25T05:49:46Z [Error] Cannot fetch region variable from config file, environment variables, ecs metadata, or ec2 metadata. Use local-mode to use the local config region.',
    'region',
  ],
  [status(400, 'InvalidRequestException: The specified log group does not exist.'), 'log group'],
])('%s', (line, words) => {
  const trouble = findDaemonTrouble([STARTED, SENT, line])
  expect(trouble?.what).toContain(words)
  expect(trouble?.what).not.toContain('The daemon says')
  expect(trouble?.fix).not.toBe('')
  expect(findDaemonTrouble([STARTED, line, SENT])).toBeUndefined()
})

test('an unknown error is quoted', () => {
  expect(findDaemonTrouble([STARTED, status(400, 'NewException: something else')])?.what).toContain(
    'The daemon says: [Error] Sending segment batch failed',
  )
})

test('a missing TCP port counts until the next start, although segments are still sent', () => {
  const taken =
    '2026-11-25T05:49:43Z [Error] proxy http server failed to listen: listen tcp 127.0.0.1:2000: bind: address already in use'
  expect(findDaemonTrouble([STARTED, taken, SENT, SENT])?.what).toContain('TCP port')
  expect(findDaemonTrouble([STARTED, taken, SENT, STARTED, SENT])).toBeUndefined()
})

test('no trouble after a batch was sent, or before any was due', () => {
  expect(findDaemonTrouble([])).toBeUndefined()
  expect(findDaemonTrouble([STARTED])).toBeUndefined()
  expect(findDaemonTrouble([STARTED, SENT])).toBeUndefined()
})

test('the time of the last batch that AWS accepted', () => {
  const later = SENT.replace('05:48:45Z', '05:48:59Z')
  expect(lastBatchMs([STARTED, SENT, later, sendingFailed('x')])).toBe(Date.parse('2026-11-25T05:48:59Z'))
  expect(lastBatchMs([STARTED])).toBeUndefined()
})
