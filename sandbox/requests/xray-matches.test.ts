import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { openStore } from '../store/store.ts'
import { StoredTraces } from './stored-traces.ts'
import { XRayMatches } from './xray-matches.ts'

test('without time only what was evaluated before is known, and the next call continues', async () => {
  const file = join(temporaryFolder(), 'sandbox.sqlite')
  const store = openStore(file)
  const traceId = '6921f3a0'.padEnd(32, '1')
  const segment = {
    id: '1'.repeat(16),
    parentId: null,
    name: 'api',
    startS: 1_763_800_000,
    endS: 1_763_800_001,
  }
  await store.write(() => {
    store.traces.touch(traceId, 1_763_800_000_000, 1_763_800_000_000)
    const document = JSON.stringify({
      name: 'api',
      id: segment.id,
      trace_id: toXRayTraceId(traceId),
      start_time: segment.startS,
      end_time: segment.endS,
    })
    store.segments.put({ ...segment, traceId, isInProgress: false, isError: false, document }, Date.now())
  })
  const database = new DatabaseSync(file, { readOnly: true })
  const table = new StoredTraces(database).refresh(() => {})
  const matches = new XRayMatches(database)
  const [slot = -1] = table.slots()
  const ask = (hasTime: boolean) =>
    matches.matcher({ filter: 'service("api")' }, table, () => hasTime)?.(slot)
  expect([ask(false), ask(true), ask(false)]).toEqual([false, true, true])
  database.close()
  store.close()
})
