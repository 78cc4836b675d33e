import { describe, expect, test } from 'vitest'
import { formatXRayHeader, parseXRayHeader } from './xray-header.ts'

const ID = '6921f3a00123456789abcdef01234567'
const ROOT = 'Root=1-6921f3a0-0123456789abcdef01234567'
const PARENT = '53995c3f42cd8ad8'

describe('X-Amzn-Trace-Id', () => {
  test.each([
    [ROOT, { traceId: ID }],
    [`${ROOT};Parent=${PARENT};Sampled=1`, { traceId: ID, parentId: PARENT, sampled: 'yes' }],
    [`Sampled=0; Parent=${PARENT.toUpperCase()} ;${ROOT}`, { traceId: ID, parentId: PARENT, sampled: 'no' }],
    [`Self=1-6921f3a1-000000000000000000000001;${ROOT}`, { traceId: ID }],
    [`${ROOT};Sampled=?;CalledFrom=app`, { traceId: ID, sampled: 'asked' }],
    [`${ROOT};Parent=0000000000000000;Sampled=2`, { traceId: ID }],
    [`${ROOT};Parent=not-hex`, { traceId: ID }],
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
})
