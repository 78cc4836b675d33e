import { describe, expect, test } from 'vitest'
import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { compileExpression } from './compile.ts'

type Columns = Readonly<Record<string, ColumnValue>>

/** The value of an expression for an event with these columns, at 2017-07-20T11:22:44.888Z. */
function evaluate(expression: string, columns: Columns = {}): ColumnValue | null {
  const compiled = compileExpression(expression)
  const values = compiled.columns.map((name) =>
    Object.hasOwn(columns, name) ? (columns[name] ?? null) : null,
  )
  return compiled.evaluate(values, 1_500_549_764_888)
}

// The expressions are the examples of Honeycomb's reference; the events are ours.
// Source: https://docs.honeycomb.io/reference/calculated-field-formula/
const EXAMPLES: readonly (readonly [expression: string, columns: Columns, expected: ColumnValue | null])[] = [
  // syntax
  ['$durationMs', { durationMs: 12 }, 12],
  ['$"1stToken"', { '1stToken': 'a' }, 'a'],
  ['$"Context Key Length"', { 'Context Key Length': 3 }, 3],
  ['"a string"', {}, 'a string'],
  ['`raw string`', {}, 'raw string'],
  ['10', {}, 10],
  ['-3', {}, -3],
  ['12.02', {}, 12.02],
  ['-4.82', {}, -4.82],
  ['4e+2', {}, 400],
  ['4e-2', {}, 0.04],
  ['true', {}, true],
  ['false', {}, false],
  ['null', {}, null],
  // conditional
  [
    'IF(CONTAINS($team_name, "acme"), "important-customer", "everyone else")',
    { team_name: 'acme-1' },
    'important-customer',
  ],
  ['IF(CONTAINS($team_name, "acme"), "important-customer", "everyone else")', {}, 'everyone else'],
  ['IF(GTE($http_status, 400), 1, 0)', { http_status: 400 }, 1],
  ['IF(GTE($duration_ms, 500), "slow")', { duration_ms: 499 }, null],
  [
    'IF(EQUALS($path,"/login"),"login",\n   CONTAINS($path,"/browse/"),"browsing",\n   "other"\n  )',
    { path: '/browse/1' },
    'browsing',
  ],
  ['SWITCH($env, "prod", 1, "staging", 0.5, "dev", 0.1, 0)', { env: 'staging' }, 0.5],
  ['SWITCH($env, "prod", 1, "staging", 0.5)', { env: 'dev' }, null],
  ['COALESCE($full_name, $email)', { email: 'a@b' }, 'a@b'],
  ['COALESCE($container_id, $hostname, $availability_zone, "unknown")', {}, 'unknown'],
  // comparison
  ['$roundtrip_us < 500', { roundtrip_us: 499 }, true],
  ['LT($mysql_read_ms, $mysql_write_ms)', { mysql_read_ms: 2, mysql_write_ms: 2 }, false],
  ['$roundtrip_ms <= 0.5', { roundtrip_ms: 0.5 }, true],
  ['LTE($get_schema_ms, $persist_schema_ms)', { get_schema_ms: 2 }, false],
  ['GT($payload_size_kb, 300)', { payload_size_kb: 301 }, true],
  ['GTE($memory_inuse, MUL($max_memory_process, 0.75))', { memory_inuse: 75, max_memory_process: 100 }, true],
  ['EQUALS($status, 200)', { status: '200' }, false],
  // logical
  ['$roundtrip_ms >= 100 AND $method = "POST"', { roundtrip_ms: 100, method: 'POST' }, true],
  ['!IN($method, "GET", "DELETE") AND EXISTS($batch)', { method: 'POST', batch: false }, true],
  ['AND(NOT(IN($method, "GET", "DELETE")), EXISTS($batch))', { method: 'GET', batch: 1 }, false],
  [
    'AND(EQUALS($api_version, "v3"), OR(LT($request_ms, 30), GT($request_ms, 300)))',
    { api_version: 'v3', request_ms: 29 },
    true,
  ],
  ['$company = "acme" OR $priority >= 5', { priority: 5 }, true],
  [
    '$mysql_latency_ms >= 20 OR ($s3_latency_ms >= 100 AND $method = "GET")',
    { s3_latency_ms: 100, method: 'GET' },
    true,
  ],
  ['!EXISTS($batch)', {}, true],
  ['IN($build_id, "9051", "9052")', { build_id: '9052' }, true],
  ['IN($num_invalid_payloads, 0, 1, -1)', { num_invalid_payloads: -1 }, true],
  ['EXISTS($team_name)', { team_name: '' }, true],
  // math
  ['$serialize_ms + $scan_ms + $publish_ms', { serialize_ms: 1, scan_ms: 2 }, 3],
  ['1.0 + 5 + "2.3"', {}, 8.3],
  ['SUM(1.0, 5, "2.3")', {}, 8.3],
  [
    '$total_ms - ($local_ms + $merge_ms + $serialize_ms)',
    { total_ms: 10, local_ms: 1, merge_ms: 2, serialize_ms: 3 },
    4,
  ],
  ['SUB($total_ms, SUM($local_ms, $merge_ms, $serialize_ms))', { total_ms: 10, local_ms: 1 }, 9],
  ['100 * ($json_decode_ms / $total_ms)', { json_decode_ms: 1, total_ms: 4 }, 25],
  ['MUL(100, DIV($json_decode_ms, $total_ms))', { json_decode_ms: 1, total_ms: 0 }, 0],
  ['$io_bytes_read / 1024', { io_bytes_read: 2_048 }, 2],
  ['DIV($total_ms, $rows_examined)', { total_ms: 5, rows_examined: 0 }, null],
  ['MOD($user_id, 10)', { user_id: 23 }, 3],
  ['MAX($mysql_latency_ms, $redis_latency_ms)', { redis_latency_ms: 3 }, 3],
  ['MAX(1, DIV($total_volume, $count))', { total_volume: 9, count: 3 }, 3],
  [
    'MIN($memory_inuse_local, $memory_inuse_merge, $memory_inuse_fetch)',
    { memory_inuse_merge: 2, memory_inuse_fetch: 1 },
    1,
  ],
  ['LOG10($request_count)', { request_count: 1_000 }, 3],
  ['BUCKET($column, 10, 0, 30)', { column: -1 }, '< 0'],
  ['BUCKET($column, 10, 0, 30)', { column: 5 }, '0 - 10'],
  ['BUCKET($column, 10, 0, 30)', { column: 10 }, '0 - 10'],
  ['BUCKET($column, 10, 0, 30)', { column: 15 }, '10 - 20'],
  ['BUCKET($column, 10, 0, 30)', { column: 30 }, '20 - 30'],
  ['BUCKET($column, 10, 0, 30)', { column: 30.1 }, '> 30'],
  // cast
  ['INT($price_dollars)', { price_dollars: 300.5 }, 300],
  ['INT(DIV($seconds, 3600))', { seconds: 7_000 }, 1],
  ['FLOAT("2.50")', {}, 2.5],
  ['BOOL($price_dollars)', { price_dollars: 300.5 }, true],
  ['BOOL("")', {}, false],
  ['BOOL(true)', {}, true],
  ['STRING($price_dollars)', { price_dollars: 300.5 }, '300.5'],
  ['STRING(true)', {}, 'true'],
  ['STRING($empty_column)', {}, ''],
  // string
  ['CONCAT($api_version, $sdk)', { api_version: 3 }, '3'],
  ['IF($is_batch, CONCAT($url, "-batch"), $url)', { is_batch: true, url: '/a' }, '/a-batch'],
  ['TO_LOWER($service.name)', { 'service.name': 'API' }, 'api'],
  ['IF(CONTAINS(TO_LOWER($app.user.name), "bob"), "bob!", "not bob!")', { 'app.user.name': 'Bob' }, 'bob!'],
  ['STARTS_WITH($url, "https")', { url: 'https://a' }, true],
  ['STARTS_WITH($user_agent, "ELB-")', { user_agent: 'elb-' }, false],
  ['ENDS_WITH($filename, ".json")', { filename: 'a.json' }, true],
  ['CONTAINS($header_accept_encoding, "gzip")', { header_accept_encoding: 'br, gzip' }, true],
  ['LENGTH($payload, "bytes")', { payload: 'é' }, 2],
  ['REG_MATCH($error_msg, `^[a-z]+\\[[0-9]+\\]$`)', { error_msg: 'disk[12]' }, true],
  [
    'REG_MATCH($referrer, `[\\w-_]+\\.(s3\\.)?amazonaws.com`)',
    { referrer: 'https://a-b.s3.amazonaws.com/' },
    true,
  ],
  [
    'REG_VALUE($request.header.user_agent, "libhoney-([a-z]*)")',
    { 'request.header.user_agent': 'libhoney-go/1' },
    'go',
  ],
  ['REG_COUNT($text, `\\berror\\b`)', { text: 'error: an error, errors' }, 2],
  // time
  ['UNIX_TIMESTAMP($timestamp)', { timestamp: '2017-07-20T11:22:44.888Z' }, 1_500_549_764.888],
  ['EVENT_TIMESTAMP()', {}, 1_500_549_764.888],
  ['FORMAT_TIME("%Y-%m-%d", EVENT_TIMESTAMP())', {}, '2017-07-20'],
  ['FORMAT_TIME("%A", EVENT_TIMESTAMP())', {}, 'Thursday'],
  ['GTE(INT(FORMAT_TIME("%m%d", EVENT_TIMESTAMP())), 406)', {}, true],
  ['MOD(SUM(INT(FORMAT_TIME("%H", EVENT_TIMESTAMP())), 11), 24)', {}, 22],
  ['BUCKET(LOG10($request_count), 0.5, 0, 6)', { request_count: 50 }, '1.5 - 2'],
]

test.each(EXAMPLES)('%s of %j is %j', (expression, columns, expected) => {
  expect(evaluate(expression, columns)).toBe(expected)
})

// Source: the tests of https://github.com/honeycombio/honeycomb-derived-column-validator
test('AND is a function and an operator', () => {
  const expression = '$foo AND AND($bar AND $baz, $quux)'
  expect(evaluate(expression, { foo: 1, bar: 1, baz: 1, quux: 1 })).toBe(true)
  expect(evaluate(expression, { foo: 1, bar: 1, baz: 1, quux: 0 })).toBe(false)
})

test('a minus sign is an operator after a value, and part of a number elsewhere', () => {
  expect(evaluate('$"0"-5-$"1"--5', { '0': 10, '1': 1 })).toBe(9)
})

test('arguments may end with a comma', () => {
  expect(evaluate('SUM(1, 2,)')).toBe(3)
})

test('a long classification is one expression', () => {
  const expression = `COALESCE(
    IF(CONTAINS($request.header.user_agent, "beeline"), REG_VALUE($request.header.user_agent, "libhoney-([a-z]*)")),
    IF(EQUALS($app.telemetry.sdk.language, "python"), "py"),
    IF(IN($app.telemetry.sdk.language, "nodejs", "node.js", "javascript"), "js"),
    $app.telemetry.sdk.language,
    $app.honeycomb.distro.language
  )`
  expect(evaluate(expression, { 'app.telemetry.sdk.language': 'node.js' })).toBe('js')
  expect(evaluate(expression, { 'app.honeycomb.distro.language': 'java' })).toBe('java')
  expect(evaluate(expression, { 'request.header.user_agent': 'beeline libhoney-py/2' })).toBe('py')
  expect(compileExpression(expression).columns).toEqual([
    'request.header.user_agent',
    'app.telemetry.sdk.language',
    'app.honeycomb.distro.language',
  ])
})

describe('precedence', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['1 + 2 - 3 + 4', 4],
    ['2 * 3 % 4 / 2', 1],
    ['1 + 1 = 2', true],
    ['1 < 2 = true', true],
    ['true OR true AND false', true],
    ['(true OR true) AND false', false],
    ['!false AND false', false],
    ['!(false AND false)', true],
    ['!1 = 2', false],
    ['1 != 2 AND "a" != "b"', true],
  ])('%s is %j', (expression, expected) => {
    expect(evaluate(expression)).toBe(expected)
  })
})
