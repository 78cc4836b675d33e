import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatXRayHeader, parseXRayHeader } from './xray-header.ts'

const ID = '6921f3a00123456789abcdef01234567'
const ROOT = 'Root=1-6921f3a0-0123456789abcdef01234567'
const PARENT = '53995c3f42cd8ad8'
const OTHER_ROOT = 'Root=1-6921f3a0-ffffffffffffffffffffffff'
const OTHER_PARENT = 'aaaaaaaaaaaaaaaa'

describe('X-Amzn-Trace-Id', () => {
  test.each([
    [ROOT, { traceId: ID }],
    [`${ROOT};Parent=${PARENT};Sampled=1`, { traceId: ID, parentId: PARENT, sampled: 'yes' }],
    [`Sampled=0; Parent=${PARENT.toUpperCase()} ;${ROOT}`, { traceId: ID, parentId: PARENT, sampled: 'no' }],
    [`Self=1-6921f3a1-000000000000000000000001;${ROOT}`, { traceId: ID }],
    [`${ROOT};Sampled=?;CalledFrom=app`, { traceId: ID, sampled: 'asked' }],
    [`${ROOT};Parent=0000000000000000;Sampled=2`, { traceId: ID }],
    [`${ROOT};Parent=not-hex`, { traceId: ID }],
    // Two headers, which Node joins, or a list in one.
    [`${ROOT}, ${OTHER_ROOT};Parent=${OTHER_PARENT};Sampled=1`, { traceId: ID }],
    [
      `${ROOT};Parent=${PARENT};Sampled=0,${OTHER_ROOT};Parent=${OTHER_PARENT};Sampled=1`,
      { traceId: ID, parentId: PARENT, sampled: 'no' },
    ],
    [
      `Parent=${OTHER_PARENT};Sampled=1, Root=broken;Sampled=1, ${ROOT};Sampled=?`,
      { traceId: ID, sampled: 'asked' },
    ],
    // Fields that are repeated in one value.
    [
      `${ROOT};Parent=${PARENT};Parent=${OTHER_PARENT};Sampled=0;Sampled=1`,
      { traceId: ID, parentId: PARENT, sampled: 'no' },
    ],
    [`${ROOT};${OTHER_ROOT};Parent=${OTHER_PARENT};Sampled=1`, { traceId: ID }],
    [`${'x=y;'.repeat(4_000)}${ROOT};Sampled=1`, { traceId: ID, sampled: 'yes' }],
    [`${','.repeat(16_000)}${ROOT}`, { traceId: ID }],
  ])('reads %j', (text, expected) => {
    expect(parseXRayHeader(text)).toEqual(expected)
  })

  test.each([
    '',
    'Root=',
    `Parent=${PARENT};Sampled=1`,
    `Root=${ID}`,
    'Root=1-00000000-000000000000000000000000',
    ';;;==',
  ])('finds no trace in %j', (text) => {
    expect(parseXRayHeader(text)).toBeUndefined()
  })

  test('is written with a parent for the next service, and without one in a response', () => {
    expect(formatXRayHeader(ID, PARENT, true)).toBe(`${ROOT};Parent=${PARENT};Sampled=1`)
    expect(formatXRayHeader(ID, undefined, false)).toBe(`${ROOT};Sampled=0`)
  })

  test('never mixes the fields of several headers', () => {
    const hex = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'123456789abcdef'), minLength: length, maxLength: length })
    const SAMPLED = { yes: '1', no: '0', asked: '?' }
    const one = fc.record({
      traceId: hex(32),
      parentId: fc.option(hex(16)),
      sampled: fc.constantFrom<(keyof typeof SAMPLED | null)[]>('yes', 'no', 'asked', null),
    })
    const format = ({ traceId, parentId, sampled }: typeof one extends fc.Arbitrary<infer T> ? T : never) =>
      [
        `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)}`,
        ...(parentId ? [`Parent=${parentId}`] : []),
        ...(sampled ? [`Sampled=${SAMPLED[sampled]}`] : []),
      ].join(';')
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(',', ', ', ' , '),
        (headers, comma) => {
          const present = Object.entries(headers[0] ?? {}).filter(([, value]) => value !== null)
          expect(parseXRayHeader(headers.map(format).join(comma))).toEqual(Object.fromEntries(present))
        },
      ),
    )
  })

  test('of any text is read without an error', () => {
    const unit = fc.constantFrom(
      'Root=1-6921f3a0-0123456789abcdef01234567',
      'Parent',
      'Sampled',
      '=',
      ';',
      ',',
      '1',
      'a',
      ' ',
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const header = parseXRayHeader(text)
        expect(header?.traceId ?? ID).toBe(ID)
        if (header?.parentId) expect(header.parentId).toMatch(/^[0-9a-f]{16}$/)
      }),
    )
  })
})
