import { describe, expect, test } from 'vitest'
import type { ColumnEntry } from '../../contracts/sandbox/query.ts'
import { MAX_LISTED_VALUE_LENGTH } from '../../contracts/sandbox/query-words.ts'
import {
  completeCalculation,
  completeColumn,
  completeFilter,
  completeHaving,
  completeOrder,
  valuesWanted,
} from './completion.ts'
import { completeExpression } from './expression-completion.ts'

const column = (
  name: string,
  type: ColumnEntry['type'],
  share: number,
  values: ColumnEntry['values'] = [],
) => ({
  name,
  type,
  share,
  distinct: 3,
  values,
})
const COLUMNS: readonly ColumnEntry[] = [
  column('duration_ms', 'float', 0.9),
  column('http.route', 'string', 0.4, [
    { value: '/api/activities/home', share: 0.3 },
    { value: '/api/messages, all', share: 0.004 },
  ]),
  column('name', 'string', 1),
  column('error', 'boolean', 0.02, [{ value: true, share: 0.02 }]),
  column('app.user.plan', 'string', 0.5),
  column('net.host.name', 'string', 0.3),
]
const texts = ({ items }: { items: readonly { text: string }[] }) => items.map(({ text }) => text)

test('columns: those that begin with the text first, then by a part, then by share', () => {
  expect(texts(completeColumn(COLUMNS, 'na'))).toEqual(['name', 'net.host.name'])
  expect(texts(completeColumn(COLUMNS, 'plan'))).toEqual(['app.user.plan'])
  expect(completeColumn(COLUMNS, 'du')).toMatchObject({
    selectsFirst: true,
    items: [{ note: 'number, 90 %', isComplete: true }],
  })
  expect(completeColumn(COLUMNS, 'name').selectsFirst).toBe(false)
})

describe('a filter', () => {
  const complete = (text: string, cursor = text.length) => completeFilter(COLUMNS, text, cursor)

  test('column, operator and value follow each other', () => {
    expect(texts(complete('rou'))).toEqual(['http.route '])
    expect(texts(complete('http.route st'))).toEqual([
      'http.route starts-with ',
      'http.route does-not-start-with ',
      'http.route exists',
      'http.route does-not-exist',
    ])
    expect(complete('http.route = ')).toMatchObject({
      items: [
        { text: 'http.route = /api/activities/home', note: '30 %', isComplete: true },
        { text: 'http.route = /api/messages, all', note: '0.4 %' },
      ],
    })
    expect(texts(complete('http.route = MESS'))).toEqual(['http.route = /api/messages, all'])
    expect(complete('http.route exists')).toMatchObject({ selectsFirst: false })
  })

  test('Tab completes the beginning of a value, but not a value that is stored', () => {
    expect(complete('http.route = /api/m')).toMatchObject({ selectsFirst: false, tabAcceptsFirst: true })
    expect(complete('http.route = /api/activities/home')).toMatchObject({ tabAcceptsFirst: false })
    expect(complete('http.route = all')).toMatchObject({ tabAcceptsFirst: false })
    expect(complete('http.route = ')).toMatchObject({ tabAcceptsFirst: false })
  })

  test('operators fit the type of the column', () => {
    expect(texts(complete('error '))).toEqual([
      'error = ',
      'error != ',
      'error exists',
      'error does-not-exist',
    ])
    expect(texts(complete('duration_ms '))).not.toContain('duration_ms contains ')
    expect(texts(complete('unknown '))).toHaveLength(16)
  })

  test('the column can be changed with the rest kept', () => {
    const { items } = complete('na = x', 2)
    expect(items[0]).toMatchObject({ text: 'name = x', cursor: 5 })
  })

  test('a value that is listed without its end is searched by its beginning', () => {
    const long = 'SELECT '.padEnd(MAX_LISTED_VALUE_LENGTH, 'x')
    const columns = [column('query', 'string', 1, [{ value: long, share: 1 }])]
    const offered = (text: string) => texts(completeFilter(columns, text, text.length))
    expect(offered('query = SEL')).toEqual([`query starts-with ${long}`])
    expect(offered('query != ')).toEqual([`query does-not-start-with ${long}`])
    expect(offered('query contains sel')).toEqual([`query contains ${long}`])
    expect(offered('query in ')).toEqual([])
    expect(offered('query ends-with ')).toEqual([])
  })

  test('a list is completed item by item', () => {
    expect(texts(complete('http.route in a, mess'))).toEqual(['http.route in a, "/api/messages, all"'])
    expect(valuesWanted('http.route in a, "mess', 22)).toEqual({ column: 'http.route', contains: 'mess' })
    expect(valuesWanted('http.route = x', 3)).toBeUndefined()
  })
})

test('a calculation: the operator, then columns that fit it; or from the column', () => {
  expect(texts(completeCalculation(COLUMNS, 'cou'))).toEqual(['COUNT', 'COUNT_DISTINCT('])
  expect(texts(completeCalculation(COLUMNS, 'P95('))).toEqual(['P95(duration_ms)'])
  expect(texts(completeCalculation(COLUMNS, 'count_distinct(pl'))).toEqual(['COUNT_DISTINCT(app.user.plan)'])
  expect(texts(completeCalculation(COLUMNS, 'durat'))).toContain('HEATMAP(duration_ms)')
})

test('orders and havings are offered from what the question has', () => {
  const calculations = [{ op: 'HEATMAP', column: 'duration_ms' }, { op: 'COUNT' }] as const
  expect(texts(completeOrder(calculations, ['name'], ''))).toEqual([
    'COUNT desc',
    'COUNT asc',
    'name desc',
    'name asc',
  ])
  expect(texts(completeOrder([], [], ''))).toEqual(['COUNT desc', 'COUNT asc'])
  expect(texts(completeHaving(calculations, ''))).toEqual(['COUNT '])
  expect(texts(completeHaving(calculations, 'COUNT >'))).toEqual(['COUNT > ', 'COUNT >= '])
})

test('an expression: functions and columns at the cursor', () => {
  expect(completeExpression(COLUMNS, 'IF($dur, 1)', 7).items[0]).toMatchObject({
    text: 'IF($duration_ms, 1)',
    cursor: 15,
  })
  expect(texts(completeExpression(COLUMNS, 'IF(COAL', 7))).toEqual(['IF(COALESCE('])
  expect(completeExpression(COLUMNS, 'EQUALS($name, "COAL', 19).items).toEqual([])
})
