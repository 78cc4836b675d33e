import { describe, expect, test } from 'vitest'
import type { StoredSegment } from '../../store/segments.ts'
import { assembleTrace } from '../trace.ts'
import { matches } from './evaluate.ts'
import { FilterError } from './lexer.ts'
import { parseFilter } from './parser.ts'

const TRACE = '1-6921f3a0-0123456789abcdef01234567'

function stored(document: Record<string, unknown>): StoredSegment {
  return { id: String(document.id), document: JSON.stringify({ trace_id: TRACE, ...document }) }
}

/** api (404, 2 s, calls profiles and a table) → profiles (500, 0.5 s). */
const trace = assembleTrace('6921f3a00123456789abcdef01234567', [
  stored({
    id: '1'.repeat(16),
    name: 'api',
    origin: 'AWS::EC2::Instance',
    start_time: 100,
    end_time: 102,
    error: true,
    user: 'andrew',
    http: { request: { method: 'GET', url: 'http://x/api/home?a=1' }, response: { status: 404 } },
    annotations: { service_name: 'Cruddur', age: 29, vip: true },
    subsegments: [
      { id: '2'.repeat(16), name: 'profiles', namespace: 'remote', start_time: 100.5, end_time: 101 },
      {
        id: '3'.repeat(16),
        name: 'DynamoDB',
        namespace: 'aws',
        start_time: 101,
        end_time: 101.2,
        annotations: { 'plan.type': 'pro' },
      },
    ],
  }),
  stored({
    id: '4'.repeat(16),
    parent_id: '2'.repeat(16),
    name: 'profiles',
    start_time: 100.5,
    end_time: 103,
    fault: true,
    http: { response: { status: 500 } },
  }),
])

const GROUPS: Record<string, string> = {
  faulty: 'service() { fault }',
  circle: 'group.name = "circle"',
  'arn:aws:xray:us-east-1:000000000000:group/faulty/1': 'service() { fault }',
}
const groups = (name: string) =>
  name === 'everything' ? 'all' : GROUPS[name] ? parseFilter(GROUPS[name]) : undefined

describe('a filter expression', () => {
  test.each([
    'error',
    '!fault',
    '!throttle',
    '!ok',
    'error = true',
    'throttle = false',
    'error AND !fault',
    'error !fault',
    'throttle OR error',
    'throttle AND fault OR error',
    'error OR fault AND throttle',
    '!(throttle OR partial)',
    'responsetime > 1',
    'responsetime = 2',
    'duration >= 3',
    'http.status = 404',
    'http.status != 200',
    'http.url CONTAINS "/api/"',
    'http.url BEGINSWITH "http://x"',
    'http.url ENDSWITH "a=1"',
    'http.method = "GET"',
    'user = "andrew"',
    'annotation.age = 29',
    'annotation.age > 28 annotation.age <= 29',
    'annotation.vip = true',
    'annotation.service_name',
    'annotation[service_name] = "Cruddur"',
    'annotation[plan.type] = "pro"',
    'annotation["plan.type"] BEGINSWITH "p"',
    'annotation.service_name = "Cruddur" AND (fault OR error)',
    'service("api") { fault OR error }',
    'service("profiles")',
    'service("profiles") { fault AND http.status = 500 AND responsetime > 2 }',
    'service() { fault }',
    'service(id(name: "DynamoDB", type: "AWS::DynamoDB"))',
    'id(type: "AWS::EC2::Instance")',
    'edge("api", "profiles")',
    'edge("api", "profiles") { fault }',
    'edge(id(name: "api", type: "AWS::EC2::Instance"), "DynamoDB")',
    'group.name = "faulty"',
    'group.name != "unknown"',
    'group.name = "everything"',
    'group.arn = "arn:aws:xray:us-east-1:000000000000:group/faulty/1"',
    'id(name: "api", account.id: "000000000000")',
    "user='andrew'",
    'service("api") and ERROR',
  ])('%s matches', (text) => {
    expect(trace && matches(parseFilter(text), trace, groups)).toBe(true)
  })

  test.each([
    'ok',
    'fault',
    'http.status = 500',
    'group.name != "everything"',
    'id(name: "api", account.id: "999999999999")',
    'throttle',
    'partial',
    'service("api") { fault }',
    'service("web")',
    'service("profiles") { error }',
    'edge("profiles", "api")',
    'edge("api", "DynamoDB") { fault }',
    'responsetime < 2',
    'http.status != 404',
    'annotation.none',
    'annotation.none != "x"',
    'annotation.age = "29"',
    'user CONTAINS "bob"',
    'group.name = "unknown"',
    'group.name = "circle"',
    'throttle AND (error OR fault)',
  ])('%s does not match', (text) => {
    expect(trace && matches(parseFilter(text), trace, groups)).toBe(false)
  })

  test.each([
    ['', 0],
    ['fault AND', 9],
    ['fault AND (error', 16],
    ['nonsense', 0],
    ['responsetime > "1"', 15],
    ['responsetime CONTAINS 1', 13],
    ['user = 5', 7],
    ['service("a" {fault}', 12],
    ['service("a") { fault', 20],
    ['edge("a")', 8],
    ['annotation. = 1', 12],
    ['user = "open', 7],
    ['fault )', 6],
    ['fault # error', 6],
    ['id(colour: "red")', 3],
    ['group.name BEGINSWITH "fa"', 11],
    ['group.arn CONTAINS "fa"', 10],
    ['name = "a', 7],
    ['coverage > 0.5', 0],
    ['service("a") { first }', 15],
    ['rootcause.fault', 0],
    ['rootcause.responsetime.exception', 0],
    ['rootcause.fault.entity { coverage > 1 }', 25],
    ['rootcause.fault.service { fault }', 26],
    ['rootcause.fault.service { index > 5', 35],
    ['rootcause.json = "x"', 17],
    ['rootcause.json = #[{ "Services": [}', 18],
    ['rootcause.json = #[{ "Services" ]', 18],
    ['rootcause.json > #[]', 15],
    [`rootcause.json = #${'['.repeat(200)}`, 18],
    [`${'('.repeat(200)}fault`, 50],
    [`${'!'.repeat(200)}fault`, 50],
  ])('%j is an error at %i', (text, position) => {
    try {
      parseFilter(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(FilterError)
      expect((error as FilterError).position).toBe(position)
    }
  })
})
