import { readdirSync, statSync, truncateSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newSpanId } from '../contracts/trace-id.ts'
import { readMemory } from '../scripts/machine/process-facts.ts'
import { expectTrace, HOME_TIMELINE } from './harness/expect-trace.ts'
import type { RunningProcess } from './harness/process.ts'
import { findPostgres, type RealPostgres, startRealPostgres } from './harness/real-postgres.ts'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import { sharedWorkspace } from './harness/shared-workspace.ts'
import type { StoredSegment, StoredTrace } from './harness/stored-trace.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const ARRIVED_MS = 10_000
const KILLS = scaled(1, 10)
const SEEDED = '0c9d7f52-6a0f-4a7e-9a5e-3f0e8a3b6d01'

describe('with the embedded Postgres', () => {
  let workspace: Awaited<ReturnType<typeof sharedWorkspace>>

  beforeAll(async () => {
    workspace = await sharedWorkspace()
  })

  test('the home timeline is HTTP to HTTP and HTTP to SQL, in both stores, under the same ids', async () => {
    const { status, body, traceId } = await workspace.request('/api/activities/home')
    expect(status, workspace.logs()).toBe(200)
    const posts = (body as unknown[]).length
    expect(posts).toBeGreaterThan(0)
    const trace = await expectTrace(workspace, traceId, HOME_TIMELINE)
    const sql = trace.honeycomb.spans.find(({ name }) => name === 'SELECT cruddur')
    expect(sql).toMatchObject({
      kind: 'CLIENT',
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'SELECT',
        'db.namespace': 'cruddur',
        'db.query.text': expect.stringContaining('expires_at > $1'),
        'server.address': '127.0.0.1',
        'server.port': workspace.ports.database,
        'db.response.returned_rows': posts,
      },
    })

    const segments = trace.xray.segments.flatMap(flatten)
    expect(segments.find(({ id }) => id === sql?.spanId)).toMatchObject({
      name: 'cruddur@127.0.0.1',
      namespace: 'remote',
      sql: {
        url: `postgresql://127.0.0.1:${workspace.ports.database}/cruddur`,
        database_type: 'postgresql',
        sanitized_query: sql?.attributes['db.query.text'],
      },
      metadata: { otel: { 'db.response.returned_rows': posts } },
    })
  })

  test('with more requests than connections, each trace has its own query', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => workspace.request('/api/activities/home')),
    )
    for (const { traceId } of answers) await expectTrace(workspace, traceId, HOME_TIMELINE)
  })

  test('every route answers, and a failing one is named by its route', async () => {
    const created = await workspace.post('/api/activities', { message: 'It was 100%_DNS', ttl: '1-hour' })
    expect(created).toMatchObject({
      status: 201,
      body: { handle: 'maya', display_name: 'Maya Lindqvist', replies_count: 0 },
    })
    const { uuid } = created.body as { uuid: string }
    const reply = await workspace.post(`/api/activities/${uuid}/reply`, { message: 'Again' })
    expect(reply).toMatchObject({ status: 201, body: { reply_to: uuid } })
    expect((await workspace.request(`/api/activities/${uuid}`)).body).toMatchObject({
      replies_count: 1,
      replies: [{ message: 'Again' }],
    })
    // SQL's wildcards are ordinary characters in a search.
    for (const [term, found] of [
      ['100%_dns', 1],
      ['1%s', 0],
      ['1__%', 0],
      ["' or 1=1 --", 0],
      ["'; drop table activities; --", 0],
      [String.raw`\';`, 0],
    ] as const) {
      const { body } = await workspace.request(`/api/activities/search?term=${encodeURIComponent(term)}`)
      expect(body, term).toHaveLength(found)
    }
    expect((await workspace.request('/api/activities/@maya')).body).toContainEqual(
      expect.objectContaining({ uuid }),
    )
    expect((await workspace.request('/api/activities/notifications')).body).toContainEqual(
      expect.objectContaining({ reply_to: SEEDED, display_name: 'Tomasz Zieliński' }),
    )
    const message = await workspace.post('/api/messages', { handle: 'arne', message: 'Coffee?' })
    expect(message.status).toBe(201)
    expect((await workspace.request('/api/messages/@arne')).body).toMatchObject([{ message: 'Coffee?' }])
    expect((await workspace.request('/api/message_groups')).body).toMatchObject([
      { handle: 'arne', message: 'Coffee?', display_name: 'Arne Holm' },
      { handle: 'tomasz', message: expect.stringContaining('no index') },
      { handle: 'ines' },
    ])
    const unknown = await workspace.request('/api/activities/ffffffff-ffff-4fff-8fff-ffffffffffff')
    expect(unknown).toMatchObject({ status: 404, body: { trace_id: unknown.traceId } })
    const { honeycomb } = await arrived(workspace, unknown.traceId, 2)
    expect(honeycomb.spans.map(({ name }) => name)).toContain('GET /api/activities/:uuid')
  })

  test('the text of a post is in no span and no segment', async () => {
    const canary = `canary-${newSpanId()}`
    const { traceId } = await workspace.post('/api/activities', { message: canary })
    const trace = await arrived(workspace, traceId, 3)
    expect(JSON.stringify(trace)).toContain('insert into activities')
    expect(JSON.stringify(trace)).not.toContain(canary)
  })
})

describe('while an app uses the embedded Postgres', () => {
  let workspace: TestWorkspace
  let database: RunningProcess

  beforeAll(async () => {
    workspace = await createWorkspace({}, { database: 'embedded' })
    database = await workspace.start('database')
    await workspace.startServices()
  })
  afterAll(() => workspace.dispose())

  test('HTTP to its port takes neither its memory nor its connections', async () => {
    const before = readMemory(database.child.pid ?? 0) ?? 0
    const send = () =>
      fetch(`http://127.0.0.1:${workspace.ports.database}/`, {
        method: 'POST',
        body: new Uint8Array(5_000_000),
      })
    const answers = await Promise.allSettled(Array.from({ length: 40 }, send))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect((await workspace.request('/health/ready')).status).toBe(200)
    expect((await workspace.request('/api/activities/home')).status).toBe(200)
    expect(((readMemory(database.child.pid ?? 0) ?? 0) - before) / 1024 / 1024).toBeLessThan(100)
  })

  test('silent sessions of another program keep none of the sample’s out', async () => {
    const parameters = Buffer.from('user\0postgres\0database\0cruddur\0\0')
    const head = Buffer.alloc(8)
    head.writeInt32BE(head.length + parameters.length, 0)
    head.writeInt32BE(196_608, 4)
    const holders: Socket[] = []
    const hold = () => {
      const socket = connect(workspace.ports.database, '127.0.0.1')
      holders.push(socket)
      socket.on('error', () => {}).write(Buffer.concat([head, parameters]))
    }
    try {
      for (let count = 0; count < 60; count++) hold()
      const status = async () => (await workspace.request('/api/activities/home')).status
      await expect.poll(status, { timeout: ARRIVED_MS }).toBe(200)
      // A further session may close one of the sample's just as it asks: it opens another.
      for (let count = 0; count < 5; count++) {
        hold()
        await expect.poll(status, { timeout: ARRIVED_MS }).toBe(200)
      }
    } finally {
      for (const socket of holders) socket.destroy()
    }
  })

  test(`a database that is killed ${KILLS} times while it writes keeps every answered post; the api keeps running, and says when it is ready again`, {
    timeout: 240_000,
  }, async () => {
    const written: string[] = []
    for (let kill = 1; kill <= KILLS; kill++) {
      const before = written.length
      for (let i = 0; ; i++) {
        const { status, body } = await workspace.post('/api/activities', { message: `Post ${kill}.${i}` })
        if (status !== 201) {
          expect({ status, body }).toMatchObject({ status: 503, body: { rollbar_uuid: expect.any(String) } })
          break
        }
        written.push((body as { uuid: string }).uuid)
        if (i === 20) database.child.kill('SIGKILL')
      }
      expect(written.length - before).toBeGreaterThan(20)
      expect((await workspace.request('/health')).status).toBe(200)
      expect(await workspace.request('/health/ready')).toMatchObject({
        status: 503,
        body: { missing: ['database'] },
      })

      database = await workspace.start('database')
      await expect
        .poll(async () => (await workspace.request('/health/ready')).status, { timeout: ARRIVED_MS })
        .toBe(200)
    }
    const lost: string[] = []
    for (const uuid of written)
      if ((await workspace.request(`/api/activities/${uuid}`)).status !== 200) lost.push(uuid)
    expect(lost, `of ${written.length}`).toEqual([])
  })
})

describe('when the embedded Postgres fails', () => {
  let workspace: TestWorkspace

  beforeEach(async () => {
    workspace = await createWorkspace({}, { database: 'embedded' })
  })
  afterEach(() => workspace.dispose())

  test('data that cannot be opened is moved aside, not deleted, and a new cluster is created', async () => {
    const folder = join(workspace.folder, 'state', 'data')
    truncateSync(join(folder, 'postgres', 'global', 'pg_control'), 10)
    const database = await workspace.start('database')
    expect(database.output()).toContain('moved to')
    expect(await database.stop()).toBe(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('postgres.broken-'))).toHaveLength(1)
    expect(statSync(join(folder, 'postgres')).mode & 0o777, 'PGlite’s files can be read by anyone').toBe(
      0o700,
    )
    const told = await workspace.command('status', ['--json'])
    expect(JSON.parse(told.stdout).findings).toContainEqual(
      expect.objectContaining({ code: 'DATA_KEPT_ASIDE', fix: expect.stringContaining('postgres.broken-') }),
    )
  })

  test('on a full disk the data stays where it is, and the last lines say so', async () => {
    const folder = join(workspace.folder, 'state', 'data')
    const before = readdirSync(folder)
    // A limit on the size of files gives the errors of a full disk, and needs no root.
    const { code, stderr } = await run(
      'sh',
      ['-c', 'ulimit -f 8; exec "$0" backend/database/server.ts', process.execPath],
      { cwd: process.cwd(), env: workspace.env },
    )
    expect(stderr).toMatch(/^✗ The database cannot write to \S+ \(EFBIG.*\n {2}→ Make room on its disk/m)
    expect(code).toBe(1)
    expect(readdirSync(folder)).toEqual(before)
  })
})

const programs = findPostgres()

describe.skipIf(!programs)(
  `with a server by DATABASE_URL${programs ? '' : ' (skipped: there is no Postgres server on this machine)'}`,
  () => {
    let postgres: RealPostgres
    let workspace: TestWorkspace

    beforeAll(async () => {
      postgres = await startRealPostgres(programs ?? '')
      workspace = await createWorkspace({ DATABASE_URL: postgres.url })
    })

    afterAll(async () => {
      await workspace?.dispose()
      await postgres?.stop()
    })

    test('no Postgres is embedded, every query is recorded, and the password is nowhere', async () => {
      const { stdout, stderr } = await workspace.setUp()
      expect(stdout).not.toContain('database')
      const { body, traceId } = await workspace.request('/api/activities/home')
      expect(body).toHaveLength(5)
      const trace = await arrived(workspace, traceId, 5)
      expect(trace.xray.segments.flatMap(flatten)).toContainEqual(
        expect.objectContaining({
          name: 'postgres@127.0.0.1',
          sql: expect.objectContaining({ database_type: 'postgresql' }),
        }),
      )
      const shown = await workspace.command('env')
      for (const text of [JSON.stringify(trace), stdout, stderr, shown.stdout, workspace.logs()]) {
        expect(text).not.toContain(postgres.password)
      }
    })
  },
)

/** The trace, once both stores have as many records of it. */
async function arrived(
  workspace: Pick<TestWorkspace, 'trace'>,
  traceId: string,
  records: number,
): Promise<StoredTrace> {
  const read = () => workspace.trace(traceId)
  const isComplete = ({ honeycomb, xray }: StoredTrace) =>
    honeycomb.spans.length >= records && xray.segments.flatMap(flatten).length >= records
  return eventually(read, isComplete, ARRIVED_MS)
}

function flatten(segment: StoredSegment): StoredSegment[] {
  return [segment, ...(segment.subsegments ?? []).flatMap(flatten)]
}
