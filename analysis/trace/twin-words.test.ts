import { expect, test } from 'vitest'
import { evidenceOf } from './twin-words.ts'

const TWINS = {
  honeycomb: '1'.repeat(32),
  xray: '2'.repeat(32),
  service: 'backend-flask',
  segmentName: 'backend-flask',
  request: 'GET /api/x',
  status: 200,
  startMs: 0,
  startApartMs: 0.6,
  endApartMs: -1.25,
}

test.each([
  [
    {},
    'Both are GET /api/x of backend-flask, answered 200. The segment starts 600 µs after and ends 1.3 ms before its span.',
  ],
  [
    { status: null, startApartMs: 0, endApartMs: 0 },
    'Both are GET /api/x of backend-flask. The segment starts with and ends with its span.',
  ],
  [
    { service: 'unknown_service:python' },
    'Both are GET /api/x of backend-flask, answered 200. The segment starts 600 µs after and ends 1.3 ms before its span. Honeycomb has it of unknown_service:python, X-Ray of backend-flask.',
  ],
])('%j', (change, text) => expect(evidenceOf({ ...TWINS, ...change })).toBe(text))
