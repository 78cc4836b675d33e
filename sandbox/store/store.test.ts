import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.ts'
import { MIGRATIONS } from './migrations.ts'
import { DEFAULT_BOUNDS } from './prune.ts'
import { openStore } from './store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const span = (index: number) => ({
  traceId: index.toString(16).padStart(32, '0'),
  spanId: 'a'.repeat(16),
  service: 's',
  name: 'n',
  startNs: 2n ** 64n - 1n,
  endNs: 1n,
  isError: false,
  dataset: 'd',
  document: '{}',
})

describe('group commit', () => {
  test('what is queued in one turn is one transaction, and resolves after it', async () => {
    const database = new DatabaseSync(join(folder, 'a.sqlite'))
    database.exec('CREATE TABLE t (n INTEGER UNIQUE)')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    const other = new DatabaseSync(join(folder, 'a.sqlite'))
    const { write, ...commit } = createGroupCommit(database)
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await write(() => insert.run(n))
        return Number(other.prepare('SELECT count(*) AS n FROM t').get()?.n)
      }),
    )
    expect(new Set(seen)).toEqual(new Set([200]))
    commit.flush()
    other.close()
    database.close()
  })

  test('a job that fails takes no other with it', async () => {
    const database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE t (n INTEGER UNIQUE)')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    const commit = createGroupCommit(database)
    const outcomes = await Promise.allSettled([1, 2, 2, 3].map((n) => commit.write(() => insert.run(n))))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(database.prepare('SELECT count(*) AS n FROM t').get()?.n).toBe(3)
    database.close()
  })
})

describe('the store', () => {
  test('the oldest rows go first, and their traces with them', async () => {
    const store = openStore(join(folder, 'b.sqlite'), { ...DEFAULT_BOUNDS, maxSpans: 10 })
    await store.write(() => {
      for (let index = 1; index <= 25; index++) {
        store.spans.put(span(index), Date.now())
        store.traces.touch(span(index).traceId, index, Date.now())
      }
    })
    await store.prune()
    const left = store.traces.list({ limit: 100 }).map(({ traceId }) => Number.parseInt(traceId, 16))
    expect(left).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
    store.close()
  })

  test('what is older than the bound goes', async () => {
    const store = openStore(join(folder, 'c.sqlite'))
    const eightDaysAgo = Date.now() - 8 * 86_400_000
    await store.write(() => {
      store.spans.put(span(1), eightDaysAgo)
      store.spans.put(span(2), Date.now())
    })
    await store.prune()
    expect([store.spans.ofTrace(span(1).traceId), store.spans.ofTrace(span(2).traceId)]).toEqual([[], ['{}']])
    store.close()
  })

  test('a file of a later version, or that is none, is refused with a cure', async () => {
    const file = join(folder, 'd.sqlite')
    const database = new DatabaseSync(file)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    database.close()
    expect(() => openStore(file)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }))
    await writeFile(
      join(folder, 'e.sqlite'),
      'this is no database, but long enough to be looked at'.repeat(99),
    )
    expect(() => openStore(join(folder, 'e.sqlite'))).toThrow(
      expect.objectContaining({ code: 'STORE_UNREADABLE', fix: expect.stringMatching(/./) }),
    )
  })
})
