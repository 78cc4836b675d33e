import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { MIGRATIONS } from './migrations.ts'
import { openStore } from './store.ts'

/** Of the released steps, the first twelve digits of SHA-256, with one space for each white space. */
const RELEASED = (
  '13c85abfd0e2 0bbf62f53de3 6d4005a26fb9 062234214c71 d8e44e290421 ' +
  '5ee8c651661f 0f8ee32b4356 315dca03c8c9 11544df48f65 e0650d363846'
).split(' ')

test('a released step of the schema is never changed', () => {
  const hashes = MIGRATIONS.map((step) =>
    createHash('sha256').update(step.replaceAll(/\s+/g, ' ')).digest('hex').slice(0, 12),
  )
  expect(hashes.slice(0, RELEASED.length)).toEqual(RELEASED)
})

const TRACE_ID = '7'.repeat(32)
const SPAN_ID = 'a'.repeat(16)
const AT_MS = Date.UTC(2026, 10, 20)
const AT_NS = `${AT_MS}000000`
const SPAN = { spanId: SPAN_ID, parentSpanId: '', name: 'GET /', startTimeUnixNano: AT_NS }
const LOG = { timeUnixNano: AT_NS, observedTimeUnixNano: '0', body: 'logged' }

/** The value of a column, in all tables that have it. Columns without one get an empty text or 0. */
const VALUES: Readonly<Record<string, SQLInputValue>> = {
  trace_id: TRACE_ID,
  span_id: SPAN_ID,
  span_ids: SPAN_ID,
  started_ms: AT_MS,
  start_ns: BigInt(AT_NS),
  end_ns: BigInt(AT_NS) + 5_000_000n,
  start_ms: AT_MS,
  end_ms: AT_MS + 5,
  start_s: AT_MS / 1_000,
  end_s: AT_MS / 1_000 + 1,
  timestamp_s: AT_MS / 1_000,
  first_s: AT_MS / 1_000,
  last_s: AT_MS / 1_000,
  received_ms: AT_MS + 1_000,
  trace: 1,
  id: 1,
  item_id: 1,
  total: 1,
  points: 1,
  total_spans: 1,
  total_points: 1,
  has_root: 1,
  name: 'GET /',
  service: 'api',
  dataset: 'api',
  slug: 'api',
  level: 'error',
  title: 'it broke',
  encoding: 'read',
  rule: '{}',
  uuid: 'u1',
}
/** The documents of each table. */
const DOCUMENTS: Readonly<Record<string, Readonly<Record<string, SQLInputValue>>>> = {
  spans: { document: JSON.stringify(SPAN) },
  span_chunks: { body: Buffer.from(JSON.stringify([SPAN])) },
  logs: { document: JSON.stringify(LOG) },
  segments: { document: JSON.stringify({ id: SPAN_ID }), id: SPAN_ID, name: 'api' },
  rollbar_occurrences: { document: JSON.stringify({ body: {} }) },
  metric_chunks: { body: Buffer.from('{}') },
}
/** A table of readers, which has no records. */
const WITHOUT_ROWS = new Set(['segment_updates'])

/** Adds one row to each table of the database. Returns the tables. */
function fill(database: DatabaseSync): string[] {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !WITHOUT_ROWS.has(name))
  for (const table of tables) {
    const columns = database.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all()
    const values = columns.map(({ name, type }) => {
      const own = { ...VALUES, ...DOCUMENTS[table] }[String(name)]
      return own ?? (type === 'TEXT' ? '' : 0)
    })
    database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`).run(...values)
  }
  return tables
}

test.each(Array.from(MIGRATIONS, (_, index) => index + 1))(
  'a store of schema version %d is upgraded without loss',
  (version) => {
    const folder = mkdtempSync(join(tmpdir(), 'upgrade-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'store.sqlite')
    const database = new DatabaseSync(file)
    database.exec('BEGIN')
    for (const step of MIGRATIONS.slice(0, version)) database.exec(step)
    const tables = fill(database)
    database.exec(`PRAGMA user_version = ${version}; COMMIT`)
    database.close()

    const store = openStore(file)
    onTestFinished(() => store.close())
    const rows = { spans: 1, segments: 1, items: 1, pruned: false, services: ['api'], durationMs: 1_000 }
    expect(store.traces.list({ limit: 9 })).toEqual([
      expect.objectContaining({ traceId: TRACE_ID, rootName: 'GET /', error: true, ...rows }),
    ])
    expect(readSpans(store.spans.ofTrace(TRACE_ID))).toEqual([{ ...SPAN, dataset: 'api' }])
    expect([...store.logs.walk()].map(({ document }) => JSON.parse(document))).toEqual([LOG])
    expect(store.segments.ofTrace(TRACE_ID)).toHaveLength(1)
    expect(store.occurrences.byUuid('u1')).toMatchObject({ itemId: 1, traceId: TRACE_ID })
    const counts = new DatabaseSync(file, { readOnly: true })
    onTestFinished(() => counts.close())
    for (const table of tables) {
      const now = table === 'spans' ? 'span_chunks' : table
      expect([table, counts.prepare(`SELECT count(*) AS count FROM ${now}`).get()?.count]).toEqual([table, 1])
    }
  },
)
