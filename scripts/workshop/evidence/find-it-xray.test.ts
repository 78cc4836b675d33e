import { expect, test } from 'vitest'
import { type Fault, planFaults } from '../../../contracts/planted-faults.ts'
import { check, TRACE, trace } from '../../../workshop/test-evidence.ts'
import { parseDocuments } from '../../providers/xray.ts'

// Chapter 9 with a live X-Ray and no Honeycomb: its answers are judged by X-Ray's documents alone.

const PLANTED_AT = 1_790_000_000_000
const REMOVED_AT = PLANTED_AT + 60_000
const ROUTE = '/api/activities/search'
const LETTERS: Fault[] = ['a', 'c', 'd']
const [slow, failure, cohort] = planFaults(LETTERS, '')
const HEALTHY = TRACE.replace(/^./, '7')

const times = (startMs: number, durationMs: number) => ({
  start_time: startMs / 1_000,
  end_time: (startMs + durationMs) / 1_000,
})

/** The api's segment with these subsegments, as the X-Ray SDK's pipeline writes them. */
function segment(startMs: number, subsegments: readonly object[]) {
  return {
    ...{ name: 'api', id: 'root', ...times(startMs, 200), subsegments },
    annotations: {
      ...{ http_route: ROUTE, app_user_plan: 'team', app_user_region: 'ap-south' },
      app_client_version: '2.4.0',
    },
    http: {
      request: { method: 'GET', url: `http://127.0.0.1:4567${ROUTE}?term=dns` },
      response: { status: 200 },
    },
    metadata: { otel: { span_name: `GET ${ROUTE}` } },
  }
}

const call = (id: string, path = '', status = 200) => ({
  ...{ name: '127.0.0.1', id, namespace: 'remote', ...times(PLANTED_AT + 1_000, 120) },
  http: {
    request: { method: 'GET', url: `http://127.0.0.1:4568${path}?handles=maya`, traced: true },
    response: { status },
  },
})

const SICK = segment(PLANTED_AT + 1_000, [
  {
    ...{ name: 'cruddur@127.0.0.1', id: 'query', namespace: 'remote', ...times(PLANTED_AT + 1_000, 60) },
    sql: { sanitized_query: slow?.culprit.statement },
  },
  call('slow', cohort?.culprit.path),
  call('failed', failure?.culprit.path, 503),
])

test('chapter 9 passes by the documents of X-Ray alone, and says that Compare was not checked', async () => {
  const documents = { [TRACE]: [SICK], [HEALTHY]: [segment(REMOVED_AT + 1_000, [])] }
  const judge = (answer: string, unplantedAt?: number) =>
    check(9, {
      modes: { honeycomb: 'live', xray: 'live', rollbar: 'off' },
      plantedFaults: unplantedAt === undefined ? LETTERS : [],
      planting: () => ({ letters: LETTERS, seed: '', round: 0, plantedAt: PLANTED_AT, unplantedAt }),
      recentTraces: async () => [HEALTHY, TRACE],
      trace: async (traceId) => ({ ...trace(parseDocuments(documents[traceId] ?? [])), traceId }),
      answers: {
        ...{ 'silent-failure': `${TRACE}/failed`, 'slow-cohort': `${TRACE}/slow`, 'slow-query': answer },
        'slow-cohort-for': 'app_user_plan=team,app_user_region=ap-south,app_client_version=2.4.0',
      },
    })
  expect(await judge(`${TRACE}/slow`)).toContain('slow-query: that is the reason for one of your faults, but')
  expect(await judge(`${TRACE}/root`)).toContain('right request, wrong span: that span is no query')
  expect(await judge(`${TRACE}/query`, REMOVED_AT)).toMatch(
    new RegExp(`^passed: .*${HEALTHY} beside ${TRACE}, not checked on Compare`, 's'),
  )
})
