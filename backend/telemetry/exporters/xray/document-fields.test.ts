import { describe, expect, test } from 'vitest'
import { cutText, databaseName, segmentName, sqlBlock } from './document-fields.ts'

const QUERY = {
  'db.system.name': 'postgresql',
  'db.namespace': 'cruddur',
  'db.query.text': 'select $1',
  'server.address': 'db.example',
  'server.port': 5432,
}

describe('a call to a database', () => {
  test('has the name that X-Ray’s SDKs give it', () => {
    expect(databaseName(QUERY)).toBe('cruddur@db.example')
    expect(databaseName({ ...QUERY, 'db.namespace': undefined })).toBe('postgresql@db.example')
  })

  test('has an sql block with address, kind and query', () => {
    expect(sqlBlock(QUERY)).toEqual({
      url: 'postgresql://db.example:5432/cruddur',
      database_type: 'postgresql',
      sanitized_query: 'select $1',
    })
  })

  test('has only the known fields', () => {
    expect(sqlBlock({ 'db.system.name': 'sqlite' })).toEqual({ database_type: 'sqlite' })
    expect(databaseName({ 'db.system.name': 'sqlite' })).toBeUndefined()
  })

  test('differs from other calls, which have neither name nor block', () => {
    const http = { 'http.request.method': 'GET', 'server.address': 'profiles' }
    expect(sqlBlock(http)).toBeUndefined()
    expect(databaseName(http)).toBeUndefined()
  })
})

describe('a text that is cut', () => {
  test.each([
    ['short', 10, 'short'],
    ['exact', 5, 'exact'],
    ['longer', 4, 'long'],
    ['a😀b', 2, 'a'],
    ['a😀b', 3, 'a😀'],
    ['😀', 1, ''],
    ['anything', 0, ''],
  ])('%j at %i', (text, length, expected) => {
    expect(cutText(text, length)).toBe(expected)
  })

  test('as a name has no half of a surrogate pair, and no sign that X-Ray does not take', () => {
    expect(segmentName(`x${'𝒜'.repeat(200)}`)).toBe(`x${'𝒜'.repeat(99)}`)
    expect(segmentName(`${'😀'.repeat(300)}`)).toBe('_'.repeat(200))
    expect(segmentName(' \ud800 ')).toBe('_')
    expect(segmentName('')).toBe('unknown')
  })
})
