import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSpanBatch } from '../../../tests/harness/span-batches.ts'
import { temporaryFolder } from '../../../tests/harness/temporary-folder.ts'
import { splitProtobuf } from '../../honeycomb/split-traces.ts'
import { readSpans } from '../../honeycomb/stored-spans.ts'
import { type Bounds, DEFAULT_BOUNDS } from '../../store/prune.ts'
import { openStore } from '../../store/store.ts'
import { EventTable } from './event-table.ts'
import { toResourceSpans } from './otlp.ts'
import { readResourceSpans } from './otlp-protobuf.ts'
import { addSpans } from './span-events.ts'
import { StoredEvents } from './stored-events.ts'

function open(bounds: Partial<Bounds> = {}) {
  const file = join(temporaryFolder(), 'sandbox.sqlite')
  const store = openStore(file, { ...DEFAULT_BOUNDS, ...bounds })
  const events = new StoredEvents(file)
  onTestFinished(() => {
    events.close()
    store.close()
  })
  const batch = createSpanBatch()
  const send = () => {
    const { chunks } = splitProtobuf(batch.next().body)
    return store.write(() => {
      for (const chunk of chunks) store.spans.put(chunk, Date.now())
    })
  }
  return { store, events, send, load: () => events.refresh(() => {}) }
}

/** Every event as the list of its columns and values. */
function contentsOf(table: EventTable): string[] {
  return Array.from(table.rows(), (row) =>
    JSON.stringify([
      table.timesMs[row],
      table.weights[row],
      ...[...table.columns()]
        .flatMap((column) => {
          const value = column.valueAt(row)
          return value === null ? [] : `${column.name}=${value}`
        })
        .sort(),
    ]),
  )
}

test('spans read from their bytes are those that the trace page decodes', () => {
  const { chunks } = splitProtobuf(createSpanBatch().next().body)
  const fromBytes = new EventTable()
  const decoded = new EventTable()
  for (const chunk of chunks) {
    addSpans(fromBytes, { row: 1, dataset: 'd' }, readResourceSpans(chunk.body))
    addSpans(decoded, { row: 1, dataset: 'd' }, toResourceSpans(readSpans([chunk])))
  }
  expect(fromBytes.length).toBe(512)
  expect(contentsOf(fromBytes).toSorted()).toEqual(contentsOf(decoded).toSorted())
})

test('only what has arrived since is loaded', async () => {
  const { send, load } = open()
  expect(load().rows()).toHaveLength(0)
  await send()
  expect(load().rows()).toHaveLength(512)
  await send()
  expect(load().rows()).toHaveLength(1_024)
})

test('what the store deletes is gone from the answers, and its values from memory', async () => {
  const { store, send, load } = open({ maxSpans: 1_024 })
  for (let batch = 0; batch < 3; batch++) await send()
  expect(load().rows()).toHaveLength(1_536)
  await store.prune()
  const table = load()
  expect(table.rows()).toHaveLength(1_024)
  // A third of the rows has been removed, and with them the trace ids that only they had.
  expect(table.length).toBe(1_024)
  expect(table.column('trace.trace_id')?.dictionary.size).toBe(129)
  expect(new Set(contentsOf(table)).size).toBe(1_024)
})

test('a store that was emptied and numbers its rows anew is read again', async () => {
  const { store, send, load } = open({ maxSpans: 0 })
  await send()
  expect(load().rows()).toHaveLength(512)
  await store.prune()
  await send()
  expect(load().rows()).toHaveLength(512)
  await send()
  expect(load().rows()).toHaveLength(1_024)
})

test('unknown fields, also groups, are skipped', () => {
  // Field 100 as a group with a varint and a group inside, then the span's name.
  const span = Buffer.from([0xa3, 0x06, 0x08, 0x01, 0x13, 0x14, 0xa4, 0x06, 0x2a, 0x01, 0x61])
  const wrap = (field: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes])
  const [resource] = readResourceSpans(wrap(1, wrap(2, wrap(2, span))))
  expect(resource?.scopes[0]?.spans[0]?.name).toBe('a')
})

test('a row that cannot be read is counted, and the others are there', async () => {
  const { store, send, load } = open({ maxSpans: 1_024 })
  await send()
  const [chunk] = splitProtobuf(createSpanBatch().next().body).chunks
  if (!chunk) throw new Error('a batch has chunks')
  await store.write(() => store.spans.put({ ...chunk, encoding: 'json', body: Buffer.from('{') }, Date.now()))
  await send()
  for (let times = 0; times < 2; times++) expect(load()).toMatchObject({ length: 1_024, truncated: 1 })
  // Once the store has deleted it, there is nothing to warn of.
  for (let batch = 0; batch < 2; batch++) await send()
  await store.prune()
  expect(load().truncated).toBe(0)
})

test('beyond the bounds events are loaded without the rest of their columns, and counted', () => {
  const table = new EventTable({ maxRows: 1_000, maxColumns: 3, maxBytes: 1024 * 1024 })
  for (let row = 0; row < 10; row++) {
    table.add('spans', 1, 'd', 0, 1)
    table.put(row, 'a', row)
    if (row >= 5) for (const name of ['b', 'c', 'd']) table.put(row, name, name)
  }
  expect(table.truncated).toBe(5)
  expect([...table.columns()].map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(table.add('spans', 1, 'd', 0, 1)).toBe(10)
  const full = new EventTable({ maxRows: 1, maxColumns: 3, maxBytes: 1024 * 1024 })
  expect([full.add('spans', 1, 'd', 0, 1), full.add('spans', 2, 'd', 0, 1)]).toEqual([0, undefined])
  expect(full.truncated).toBe(1)
  const small = new EventTable({ maxRows: 1_000, maxColumns: 3, maxBytes: 40_000 })
  for (let row = 0; row < 1_000; row++) {
    small.add('spans', 1, 'd', 0, 1)
    small.put(row, 'id', `id ${row}`)
  }
  expect(small.truncated).toBeGreaterThan(0)
  expect(small.rows()).toHaveLength(1_000)
})
