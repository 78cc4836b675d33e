import { expect, test } from 'vitest'
import { placeInTime } from './log-time.ts'

const RECEIVED_MS = Date.UTC(2026, 10, 26, 10)
const nano = (ms: number) => String(BigInt(ms) * 1_000_000n)
const HOUR_MS = 3_600_000
const OBSERVED_MS = RECEIVED_MS - 2_000

test.each([
  ['a moment ago', nano(RECEIVED_MS - 5), RECEIVED_MS - 5, 'record'],
  ['long ago', nano(Date.UTC(2003, 1)), Date.UTC(2003, 1), 'record'],
  ['by a clock that is ahead', nano(RECEIVED_MS + 14 * HOUR_MS), RECEIVED_MS + 14 * HOUR_MS, 'record'],
  ['without a time', '0', OBSERVED_MS, 'observation'],
  ['in seconds', String(RECEIVED_MS / 1_000), OBSERVED_MS, 'observation'],
  ['in milliseconds', String(RECEIVED_MS), OBSERVED_MS, 'observation'],
  ['in the year 2500', nano(Date.UTC(2500)), OBSERVED_MS, 'observation'],
  ['the day after tomorrow', nano(RECEIVED_MS + 48 * HOUR_MS), OBSERVED_MS, 'observation'],
  ['the largest number', String(2n ** 64n - 1n), OBSERVED_MS, 'observation'],
])('%s', (_what, timeUnixNano, atMs, timeFrom) => {
  const observedTimeUnixNano = nano(OBSERVED_MS)
  const atNs = BigInt(atMs) * 1_000_000n
  expect(placeInTime({ timeUnixNano, observedTimeUnixNano }, RECEIVED_MS)).toEqual({ atNs, timeFrom })
})

test('with neither, it is the time of arrival', () => {
  const record = { timeUnixNano: '0', observedTimeUnixNano: nano(Date.UTC(2500)) }
  const atNs = BigInt(RECEIVED_MS) * 1_000_000n
  expect(placeInTime(record, RECEIVED_MS + 0.4)).toEqual({ atNs, timeFrom: 'arrival' })
})

test('nanoseconds are kept', () => {
  const record = { timeUnixNano: `${RECEIVED_MS}000001`, observedTimeUnixNano: '0' }
  expect(placeInTime(record, RECEIVED_MS).atNs % 1_000_000n).toBe(1n)
})
