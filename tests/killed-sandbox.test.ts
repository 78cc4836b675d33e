import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { OTLP_JSON, otlpJson, segmentDocument } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const ROUNDS = scaled(2, 20)
/** Concurrent requests. */
const AT_ONCE = 8
/** In each request to Honeycomb. */
const SPANS = scaled(1, 100)
/** Answers before each kill; in the long run of 150,000 spans together, which is less than the store's bound. */
const ANSWERS = scaled(2 * AT_ONCE, 225)

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace()
})

afterAll(() => workspace.dispose())

/** A record that a provider answered with 2xx. */
interface Answered {
  readonly traceId: string
  readonly provider: 'honeycomb' | 'xray' | 'rollbar'
}

const SEND = {
  honeycomb: (traceId: string) => post('/v1/traces', spansOf(traceId)),
  xray: (traceId: string) => {
    const document = segmentDocument({ id: newSpanId(), trace_id: toXRayTraceId(traceId) })
    return post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: [document] }))
  },
  rollbar: (traceId: string) => {
    const data = { environment: 'test', body: { message: { body: 'killed' } }, custom: { trace_id: traceId } }
    return post('/api/1/item/', JSON.stringify({ data }))
  },
} as const

/** A request with SPANS spans of a trace. */
function spansOf(traceId: string): string {
  const request = JSON.parse(otlpJson({ traceId }))
  const [scope] = request.resourceSpans[0].scopeSpans
  scope.spans = Array.from({ length: SPANS }, () => ({ ...scope.spans[0], spanId: newSpanId() }))
  return JSON.stringify(request)
}

function post(path: string, body: string): Promise<Response> {
  return fetch(`${workspace.sandbox}${path}`, {
    method: 'POST',
    headers: { ...OTLP_JSON, 'x-rollbar-access-token': 'token' },
    body,
  })
}

const TITLE = `the sandbox, killed ${ROUNDS} times while ${AT_ONCE} clients send, has all that it answered with 2xx`
test(TITLE, { timeout: 240_000 }, async () => {
  const answered: Answered[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const sandbox = await workspace.start('sandbox')
    let isUp = true
    const senders = Array.from({ length: AT_ONCE }, async (_, index) => {
      const providers = ['honeycomb', 'xray', 'rollbar'] as const
      for (let i = index; isUp; i++) {
        const provider = providers[i % providers.length] ?? 'xray'
        const traceId = newTraceId()
        try {
          const response = await SEND[provider](traceId)
          // The status counts, even if the body does not arrive any more.
          if (response.ok) answered.push({ traceId, provider })
          await response.text()
        } catch {
          return
        }
      }
    })
    await eventually(
      () => answered.length,
      (count) => count > (round + 1) * ANSWERS,
    )
    // Kills each round at a different moment of the group commits and checkpoints.
    await delay(Math.random() * 300)
    sandbox.child.kill('SIGKILL')
    isUp = false
    await Promise.all(senders)
  }

  const sandbox = await workspace.start('sandbox')
  const lost: string[] = []
  for (const { traceId, provider } of answered) {
    const { honeycomb, xray, rollbar } = await workspace.trace(traceId)
    const kept = { honeycomb: honeycomb.spans, xray: xray.segments, rollbar: rollbar.items }[provider]
    const sent = provider === 'honeycomb' ? SPANS : 1
    if (kept.length !== sent) lost.push(`${provider} ${traceId}: ${kept.length} of ${sent}`)
  }
  await sandbox.stop()
  expect(answered.length).toBeGreaterThan(ROUNDS * ANSWERS)
  expect(lost, `of ${answered.length}`).toEqual([])
})
