import { setTimeout as delay } from 'node:timers/promises'
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
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** Between two requests, one of which waits for the other (ms). */
const APART_MS = 100
/** How long requests are sent until one has waited for the connection (ms). */
const WAITED_MS = 40_000

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
  const marks = planFaults([...FAULTS], '').map(({ letter, culprit }) => ({ letter, culprit }))
  const lettersOf = (trace: Pick<TraceEvidence, 'spans'>) =>
    marks
      .filter(({ culprit }) => trace.spans.some((span) => hasMark(span, culprit, trace)))
      .map(({ letter }) => letter)
  const ask = async (path: string, init?: RequestInit) => {
    const { status, traceId } = await workspace.request(path, init)
    expect(status).toBe(200)
    const trace = await traceOf(traceId)
    // As from a live X-Ray beside a live Honeycomb, which returns no spans.
    expect(lettersOf(await spansOfXRay(traceId))).toEqual(lettersOf(trace))
    return trace
  }

  const search = await ask('/api/activities/search?term=dns')
  const homes: TraceEvidence[] = []
  // A request keeps the connection for a while if no other waits for it: so the next one must come soon, and not at once.
  const home = async (number: number) => {
    await delay(number * APART_MS)
    return await ask('/api/activities/home')
  }
  await eventually(
    async () => homes.push(...(await Promise.all([0, 1, 2].map(home)))),
    () => homes.some((home) => lettersOf(home).includes('g')),
    WAITED_MS,
  )
  const cohort = await ask('/api/message_groups', { headers: cohortHeaders() })
  const olderClient = await ask('/api/message_groups', {
    headers: { ...cohortHeaders(), 'x-client-version': '2.3.2' },
  })
  expect([search, cohort, olderClient].map(lettersOf)).toEqual([['a'], ['d'], []])
  expect([...new Set(homes.flatMap(lettersOf))].toSorted().join('')).toBe('bcefgh')
  for (const { spans, text } of [search, ...homes, cohort, olderClient]) {
    // No span has the marks of two faults.
    for (const span of spans) {
      const found = marks.filter(({ culprit }) => hasMark(span, culprit, { spans }))
      expect(found.length, JSON.stringify(span)).toBeLessThan(2)
    }
    // Neither paths of files nor names give a fault away.
    expect(text).not.toMatch(/plant|fault[s-]?[/.]|silent|storm|cohort/i)
  }
  // On a very busy machine one attempt may take its two seconds, after which no other is made.
  const resent = homes.map(({ spans }) =>
    spans.flatMap(({ attributes }) => attributes['http.request.resend_count'] ?? []),
  )
  expect(resent).toContainEqual([1, 2, 3, 4])
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
