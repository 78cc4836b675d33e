import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { copyTemplate, makeTemplate } from '../../tests/harness/database-template.ts'
import { prepareDatabase } from './prepare.ts'

const written: string[] = []

beforeEach(() => {
  written.length = 0
  for (const stream of [process.stderr, process.stdout]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the database is prepared', () => {
  test('at once if it is reachable, without output', async () => {
    const preparation = await prepareDatabase({}, async () => {})
    expect(preparation.isDone).toBe(true)
    expect(written).toEqual([])
  })

  test('later if it is not reachable yet, after one message with the reason of each address', async () => {
    let attempts = 0
    const refused = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])
    const preparation = await prepareDatabase(
      {},
      async () => {
        attempts++
        if (attempts < 4) throw refused
      },
      1,
    )
    expect(preparation.isDone).toBe(false)
    await vi.waitFor(() => expect(preparation.isDone).toBe(true))
    await vi.waitFor(() => expect(written).toHaveLength(2))
    expect(written[0]).toContain('refused by ::1, refused by 127.0.0.1')
    expect(written[0]).toContain('DATABASE_URL')
    expect(written[1]).toContain('prepared now')
  })

  // The first run on a machine creates the cluster: seconds of CPU time.
  test('once, by several processes that start at the same time on the embedded Postgres', {
    timeout: 60_000,
  }, async () => {
    await makeTemplate()
    const state = mkdtempSync(join(tmpdir(), 'prepare-'))
    onTestFinished(() => rmSync(state, { recursive: true }))
    const cluster = await PGlite.create(copyTemplate(state))
    const server = new PGLiteSocketServer({ db: cluster, host: '127.0.0.1', port: 0, maxConnections: 10 })
    try {
      await server.start()
      const connectionString = `postgresql://postgres@${server.getServerConn()}/postgres`
      const preparations = await Promise.all(
        Array.from({ length: 5 }, () => prepareDatabase({ connectionString }, undefined, 60_000)),
      )
      expect(written).toEqual([])
      expect(preparations.map(({ isDone }) => isDone)).toEqual([true, true, true, true, true])
      const client = new Client({ connectionString })
      await client.connect()
      const { rows } = await client.query('select name, count(*)::int as times from migrations group by name')
      await client.end()
      expect(rows.length).toBeGreaterThan(1)
      expect(rows.map(({ times }) => times)).toEqual(rows.map(() => 1))
    } finally {
      await server.stop()
      await cluster.close()
    }
  })
})
