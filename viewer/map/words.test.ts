import { expect, test } from 'vitest'
import type { MapNode } from '../../contracts/sandbox/map.ts'
import { excerptOf, noteOf, titleOf, troubleOf } from './words.ts'

const FIGURES = { requests: 200, errors: 0, faults: 0, p50Ms: 1, p95Ms: 1, p99Ms: null }
const NODE: MapNode = {
  ...FIGURES,
  id: 'a',
  kind: 'service',
  service: 'api',
  type: null,
  name: 'GET /x',
  query: null,
  others: 0,
  filter: null,
}

test('a node is named by what it is, and says what it belongs to', () => {
  const database = { ...NODE, kind: 'called', type: 'Database::SQL' } as const
  const words = (node: MapNode, by: 'service' | 'route') => `${titleOf(node, by)} | ${noteOf(node, by)}`
  expect(words(NODE, 'service')).toBe('api | service')
  expect(words(NODE, 'route')).toBe('GET /x | api')
  expect(words({ ...NODE, name: null }, 'route')).toBe('other work | api')
  expect(words({ ...NODE, kind: 'clients', name: null }, 'route')).toBe('Clients | of api')
  expect(words({ ...NODE, name: null, others: 7 }, 'route')).toBe('7 other routes | api')
  expect(words({ ...database, name: null, others: 2 }, 'route')).toBe('2 other queries | api · Database::SQL')
  expect(words({ ...NODE, service: '', name: null, others: 9 }, 'service')).toBe('9 other services | ')
  expect(words({ ...NODE, service: '', name: null, others: 9 }, 'route')).toBe(
    '9 other routes | several services',
  )
})

test('trouble has a sign and words: faults before errors', () => {
  expect(troubleOf(FIGURES)).toBeUndefined()
  expect(troubleOf({ ...FIGURES, errors: 1 })?.text).toBe('! 0.5 % errors')
  expect(troubleOf({ ...FIGURES, errors: 9, faults: 100 })?.text).toBe('✕ 50 % faults')
})

test('of a query its own condition is shown, not one of a query within it', () => {
  expect(excerptOf('select a, (select count(*) from b where c = d) from e where f = $1')).toBe(
    '… where f = $1',
  )
  expect(excerptOf('insert into a values ($1)')).toBe('insert into a values ($1)')
})
