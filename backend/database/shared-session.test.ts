import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { copyTemplate, makeTemplate } from '../../tests/harness/database-template.ts'
import { EMBEDDED_DATABASE, EMBEDDED_USER } from './address.ts'
import { openCluster } from './cluster.ts'
import { prepareDatabase } from './prepare.ts'
import { boundSessions } from './sessions.ts'

const folder = mkdtempSync(join(tmpdir(), 'shared-session-'))
const resources = new AsyncDisposableStack()
let server: PGLiteSocketServer
let connectionString: string

// The first run on a machine creates the cluster: seconds of CPU time.
beforeAll(async () => {
  resources.defer(() => rmSync(folder, { recursive: true }))
  await makeTemplate()
  const cluster = await openCluster(copyTemplate(folder), expect.unreachable, expect.unreachable)
  resources.defer(() => cluster.close())
  server = new PGLiteSocketServer({ db: cluster, host: '127.0.0.1', port: 0, maxConnections: 20 })
  await server.start()
  resources.defer(() => server.stop())
  connectionString = `postgresql://${EMBEDDED_USER}@${server.getServerConn()}/${EMBEDDED_DATABASE}`
}, 60_000)

afterAll(() => resources.disposeAsync())

async function connected(): Promise<Client> {
  const client = new Client({ connectionString, query_timeout: 10_000 })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

test('several processes that start at the same time migrate the database once', async () => {
  const preparations = await Promise.all(
    Array.from({ length: 5 }, () => prepareDatabase({ connectionString }, undefined, 60_000)),
  )
  expect(preparations.map(({ isDone }) => isDone)).toEqual([true, true, true, true, true])
  const client = await connected()
  const { rows } = await client.query('select name, count(*)::int as times from migrations group by name')
  expect(rows.length).toBeGreaterThan(1)
  expect(rows.map(({ times }) => times)).toEqual(rows.map(() => 1))
})

test('queries that have waited for the transaction of another client keep their parameters and their rows', async () => {
  const writer = await connected()
  const readers = await Promise.all(Array.from({ length: 8 }, connected))
  await writer.query('begin')
  const answers = readers.map((reader, index) =>
    // Different numbers of parameters, and of columns.
    index % 2 === 0
      ? reader.query('select $1::text as who', [`reader ${index}`])
      : reader.query('select $1::text as who, $2::int as two', [`reader ${index}`, 2]),
  )
  await expect.poll(() => server.getStats().queuedQueries).toBe(readers.length)
  await writer.query('commit')
  const rows = (await Promise.all(answers)).map((answer) => answer.rows[0])
  expect(rows).toEqual(
    readers.map((_, index) => ({ who: `reader ${index}`, ...(index % 2 === 1 && { two: 2 }) })),
  )
})

const text = (...parts: readonly string[]) => Buffer.from(parts.map((part) => `${part}\0`).join(''))
const zeros = (shorts: number) => Buffer.alloc(2 * shorts)
/** A message of the protocol: its letter, its length, and what is in it. */
function message(letter: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(letter), length, body])
}
const startup = message(
  '',
  Buffer.from([0, 3, 0, 0]),
  text('user', EMBEDDED_USER, 'database', EMBEDDED_DATABASE, ''),
)
const parse = (sql: string) => message('P', text('', sql), zeros(1))
const bind = message('B', text('', ''), zeros(3))
const execute = message('E', text(''), zeros(2))
const query = (sql: string) => message('Q', text(sql))

const create = 'create table left_over (id int)'

test.each([
  ['before its Sync', [parse(create), bind, execute]],
  ['after an error in a transaction', [query('begin'), query(create), parse('not sql')]],
  ['after an error in a batch, and a query', [parse('not sql'), query(create)]],
  ['in a transaction', [query('begin'), query(create)]],
])(
  'a client that leaves %s holds up no other, and nothing that it began is kept',
  async (_when, messages) => {
    const [host, port] = server.getServerConn().split(':')
    const socket = connect(Number(port), host)
    socket.write(Buffer.concat([startup, ...messages]))
    await expect.poll(() => server.db.isInTransaction()).toBe(true)
    socket.destroy()
    await once(socket, 'close')

    const client = await connected()
    const { rows } = await client.query('select $1::int as seven, to_regclass($2) as table', [7, 'left_over'])
    expect(rows).toEqual([{ seven: 7, table: null }])
  },
)

test.each([
  ['by a simple query', 'copy activities from stdin', undefined],
  ['in one of several statements', 'create temp table t (a text); copy t from stdin', undefined],
  ['by a statement that is prepared', 'copy activities from stdin', 'with a name'],
])('COPY from the client, %s, is an error, and the session goes on', async (_how, sql, name) => {
  const client = await connected()
  const asked = client.query({ text: sql, ...(name && { name }) })
  await expect(asked).rejects.toMatchObject({
    code: '0A000',
    message: expect.stringContaining('COPY from the client'),
    hint: expect.stringContaining('INSERT'),
  })
  for (const one of [client, await connected()]) {
    expect((await one.query("select to_regclass('t') as made")).rows).toEqual([{ made: null }])
  }
})

test('COPY to the client works', async () => {
  const heard = await open(query('copy (select 7) to stdout'))
  await expect.poll(heard).toContain('COPY 1')
})

test.each([
  ['of an unknown kind', message('z', text('a'))],
  ['with a length below its own', Buffer.from('Q\0\0\0\x03')],
  ['without a length', Buffer.from('Q\xff\xff\xff\xfe', 'latin1')],
])('a message %s stops no other client', async (_what, bytes) => {
  await open(bytes)
  const { rows } = await (await connected()).query('select 7 as seven')
  expect(rows).toEqual([{ seven: 7 }])
})

test.each([
  ['Parse', parse('select 1')],
  ['Parse and Flush', Buffer.concat([parse('select 1'), message('H')])],
  ['BEGIN and half a message', Buffer.concat([query('begin'), query('select 1').subarray(0, 7)])],
  ['BEGIN', query('begin')],
])(
  'a client that is silent after %s, and stays, holds up the others for a bounded time',
  async (_what, bytes) => {
    onTestFinished(boundSessions({ maxIdleInTransactionMs: 500 }))
    await open(bytes)
    await expect.poll(() => server.db.isInTransaction()).toBe(true)
    const { rows } = await (await connected()).query('select $1::int as seven', [7])
    expect(rows).toEqual([{ seven: 7 }])
  },
)

/** A client that has started its session and sends these bytes. Returns what it has got until now. */
async function open(bytes: Buffer): Promise<() => string> {
  const [host, port] = server.getServerConn().split(':')
  const socket = connect(Number(port), host)
  onTestFinished(() => void socket.destroy())
  let heard = ''
  socket.on('data', (answer) => {
    heard += answer.toString('latin1')
  })
  socket.write(startup)
  await expect.poll(() => heard.slice(-6)).toBe('Z\0\0\0\x05I')
  socket.write(bytes)
  return () => heard
}
