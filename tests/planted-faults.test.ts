import { afterAll, beforeAll, expect, test } from 'vitest'
import { USERS } from '../contracts/cruddur-users.ts'
import type { TraceEvidence } from '../contracts/evidence.ts'
import { FAULTS, planFaults } from '../contracts/planted-faults.ts'
import { parseDocuments } from '../scripts/providers/xray.ts'
import { openSources } from '../scripts/workshop/evidence/sources.ts'
import { readTraceEvidence } from '../scripts/workshop/evidence/trace.ts'
import { readSettings } from '../settings/read.ts'
import { hasMark } from '../workshop/09-find-it/marks.ts'
import { eventually } from './harness/wait-for.ts'
import { type ApiAnswer, createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let workspace: TestWorkspace

beforeAll(async () => {
  // Without a seed they are in action all the time.
  workspace = await createWorkspace({ PLANTED_FAULTS: FAULTS.join(',') })
  await workspace.startServices()
})

afterAll(() => workspace.dispose())

/** The headers of a user of d's cohort. */
function cohortHeaders() {
  const user = USERS.find(({ plan, region }) => plan === 'team' && region === 'ap-south')
  return { cookie: `cruddur_session=${user?.handle}`, 'x-client-version': '2.4.0' }
}

/** As a check reads it, with the spans of both services. The api's server span ends last. */
async function traceOf(traceId: string): Promise<TraceEvidence> {
  using sources = openSources(readSettings(workspace.env), workspace.env)
  const isWhole = ({ spans }: TraceEvidence) =>
    spans.some(({ isServer, service }) => isServer && service === 'cruddur-backend') &&
    spans.every(
      ({ id, isCall }) => !isCall || spans.some(({ parentId, isServer }) => isServer && parentId === id),
    )
  return await eventually(() => readTraceEvidence(sources, traceId), isWhole)
}

async function spansOfXRay(traceId: string): Promise<Pick<TraceEvidence, 'spans'>> {
  const { xray } = await workspace.trace(traceId)
  return { spans: parseDocuments(xray.segments) }
}

test('each planted fault shows in the telemetry by its mark and by no other, and no request fails', async () => {
  const answers: ApiAnswer[] = [
    await workspace.request('/api/activities/search?term=dns'),
    // At the same time, so that requests wait for each other.
    ...(await Promise.all([1, 2, 3].map(() => workspace.request('/api/activities/home')))),
    await workspace.request('/api/message_groups', { headers: cohortHeaders() }),
    await workspace.request('/api/message_groups', {
      headers: { ...cohortHeaders(), 'x-client-version': '2.3.2' },
    }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  const traces = await Promise.all(answers.map(({ traceId }) => traceOf(traceId)))
  const marks = planFaults([...FAULTS], '').map(({ letter, culprit }) => ({ letter, culprit }))
  const lettersOf = (trace: Pick<TraceEvidence, 'spans'>) =>
    marks
      .filter(({ culprit }) => trace.spans.some((span) => hasMark(span, culprit, trace)))
      .map(({ letter }) => letter)
  // As from a live X-Ray beside a live Honeycomb, which returns no spans.
  const fromXRay = await Promise.all(answers.map(({ traceId }) => spansOfXRay(traceId)))
  expect(fromXRay.map(lettersOf)).toEqual(traces.map(lettersOf))
  const [search = [], ...rest] = traces.map(lettersOf)
  const homes = rest.slice(0, 3)
  expect(search.join('')).toBe('a')
  expect([...new Set(homes.flat())].toSorted().join('')).toBe('bcefgh')
  expect(rest.slice(3)).toEqual([['d'], []])
  // No span has the marks of two faults.
  for (const trace of traces) {
    for (const span of trace.spans) {
      const found = marks.filter(({ culprit }) => hasMark(span, culprit, trace))
      expect(found.length, JSON.stringify(span)).toBeLessThan(2)
    }
  }
  // Neither paths of files nor names give a fault away.
  for (const { text } of traces) expect(text).not.toMatch(/plant|fault[s-]?[/.]|silent|storm|cohort/i)
  const resent = traces[1]?.spans.flatMap(({ attributes }) => attributes['http.request.resend_count'] ?? [])
  expect(resent).toEqual([1, 2, 3, 4])
})

test('what the sandbox has from before Honeycomb was live is not found in Honeycomb', async () => {
  const { traceId } = await workspace.request('/api/activities/home')
  await expect
    .poll(async () => (await traceOf(traceId)).state)
    .toMatchObject({ honeycomb: 'found', xray: 'found' })
  const env = { ...workspace.env, HONEYCOMB_API_KEY: 'canary-key' }
  using sources = openSources(readSettings(env), env)
  const { state, spans } = await readTraceEvidence({ ...sources, api: 'http://127.0.0.1:1' }, traceId)
  expect([state.honeycomb, state.xray, spans.length > 0]).toEqual(['missing', 'found', true])
})
