import { describe, expect, test } from 'vitest'
import { newTraceId } from '../contracts/trace-id.ts'
import { met } from './chapter.ts'
import type { CheckContext } from './context.ts'
import { gatherNamed, ofNamed } from './named-trace.ts'
import { check, contextOf, logged, span, trace } from './test-evidence.ts'

const HOUR_MS = 3_600_000
/** The chapters in which a learner names a request. */
const CHAPTERS = [1, 2, 7, 12]
/** Honeycomb accepts and returns nothing, and X-Ray is off. */
const UNREADABLE = {
  modes: { honeycomb: 'live', xray: 'off', rollbar: 'off' },
  trace: async () =>
    trace([], { state: { honeycomb: 'accepted', xray: 'off', rollbar: 'off' }, logs: undefined }),
  metrics: async () => undefined,
} satisfies Partial<CheckContext>

describe.each(CHAPTERS)('chapter %i', (chapter) => {
  const traceId = newTraceId(Date.now() - HOUR_MS)
  const answers = { trace: traceId }

  test('a trace from before the last reset does not count', async () => {
    const startMs = Date.now() - HOUR_MS
    const old = trace([span('root', { startMs, attributes: { 'url.path': '/api/activities/search' } })], {
      ...{ traceId, text: 'term=REDACTED' },
    })
    const text = await check(chapter, { answers, since: Date.now(), trace: async () => old })
    expect(text).toContain('from before the last reset')
    expect(text).toContain('"passed":false')
  })

  test('an invented id does not pass where no provider returns traces', async () => {
    const text = await check(chapter, { ...UNREADABLE, answers })
    expect(text).toContain('No request to your api had the id')
    expect(text).toContain('"passed":false')
  })

  test('nor does a request that was not kept', async () => {
    const requests = async () => [logged({ traceId, isKept: false })]
    const text = await check(chapter, { ...UNREADABLE, answers, requests })
    expect(text).toContain('was not kept')
    expect(text).toContain('"passed":false')
  })

  test('one that was kept does, and is not checked', async () => {
    const requests = async () => [logged({ traceId })]
    expect(await check(chapter, { ...UNREADABLE, answers, requests })).toMatch(/^passed: .*not checked/)
  })
})

describe('a condition on a named request', () => {
  const judge = ofNamed(() => met('judged'))

  test('is not met without evidence, wherever it stands', async () => {
    expect(judge({ named: undefined }).isMet).toBe(false)
    const lost = await gatherNamed(contextOf({ requests: async () => [logged()] }), logged().traceId)
    expect(judge({ named: lost }).isMet).toBe(false)
  })

  test('is not checked where the request was kept and no provider returns it', async () => {
    const context = contextOf({ ...UNREADABLE, requests: async () => [logged()] })
    expect(judge({ named: await gatherNamed(context, logged().traceId) })).toMatchObject({ isChecked: false })
  })
})
