import { expect, test } from 'vitest'
import { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Attributes } from '../../contracts/sandbox/trace.ts'
import { resourceDifferences, rootDifferences } from './attribute-differences.ts'

function traceOf(
  attributes: Attributes,
  resources: readonly Attributes[] = [{}],
  fields: Readonly<Record<string, unknown>> = {},
): TraceLenses {
  const spans = resources.map((_, resource) =>
    LensSpan.parse({
      id: resource === 0 ? 'root' : String(resource),
      parentId: '',
      name: 'r',
      kind: 'SERVER',
      service: String(resources[resource]?.['service.name'] ?? 's'),
      attributes: resource === 0 ? attributes : {},
      links: [],
      resource,
      scope: '',
      startMs: 0,
      endMs: 1,
      status: 'UNSET',
      statusMessage: '',
      events: [],
      dropped: 0,
    }),
  )
  const segment = LensSegment.parse({
    id: 'root',
    parentId: '',
    name: 's',
    isSubsegment: false,
    document: 0,
    startMs: 0,
    endMs: 1,
    outcome: 'ok',
    fields,
  })
  const ids = { traceId: 'a'.repeat(32), xrayTraceId: '', pruned: false, originMs: 0 }
  const none = { logs: [], documents: 1, occurrences: [] }
  return TraceLenses.parse({ ...ids, ...none, resources, spans, segments: [segment] })
}

test('attributes of the roots that differ, or that one of them does not have', () => {
  const a = traceOf({ plan: 'free', region: 'eu', 'app.list': ['x'], same: 1 })
  const b = traceOf({ plan: 'pro', 'app.list': ['x', 'y'], same: 1, 'app.flag': true })
  expect(rootDifferences('honeycomb', [a, 'root'], [b, 'root'])).toEqual({
    different: [
      { name: 'app.flag', a: undefined, b: 'true' },
      { name: 'app.list', a: '["x"]', b: '["x","y"]' },
      { name: 'plan', a: 'free', b: 'pro' },
      { name: 'region', a: 'eu', b: undefined },
    ],
    same: 1,
  })
})

test('fields of the root segments, without what differs in every two of them', () => {
  const fields = (status: number, plan: string, id: string) => ({
    id,
    trace_id: id,
    start_time: status,
    end_time: status,
    metadata: { id },
    http: { request: { method: 'GET' }, response: { status } },
    annotations: { plan },
  })
  const a = traceOf({}, [{}], fields(200, 'free', '1'))
  const b = traceOf({}, [{}], fields(500, 'pro', '2'))
  expect(rootDifferences('xray', [a, 'root'], [b, 'root'])).toEqual({
    different: [
      { name: 'annotations.plan', a: 'free', b: 'pro' },
      { name: 'http.response.status', a: '200', b: '500' },
    ],
    same: 1,
  })
})

test('resources differ by service, all processes of one together', () => {
  const process = (service: string, version: string, host: string) => ({
    'service.name': service,
    'service.version': version,
    'host.name': host,
  })
  const a = traceOf({}, [process('api', '1.0', 'h1'), process('api', '1.0', 'h2'), process('db', '9', 'h1')])
  const b = traceOf({}, [process('api', '1.1', 'h2'), process('api', '1.1', 'h1'), process('db', '9', 'h3')])
  expect(resourceDifferences(a, b)).toEqual({
    different: [
      { name: 'api: service.version', a: '1.0', b: '1.1' },
      { name: 'db: host.name', a: 'h1', b: 'h3' },
    ],
    same: 4,
  })
})

test('long values are cut', () => {
  const found = rootDifferences(
    'honeycomb',
    [traceOf({ x: 'y'.repeat(9_999) }), 'root'],
    [traceOf({}), 'root'],
  )
  expect(found.different[0]?.a?.length).toBeLessThan(400)
})
