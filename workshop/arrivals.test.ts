import { expect, test } from 'vitest'
import { gatherArrivals, judgeArrivals, type RequestKind } from './arrivals.ts'
import type { LoggedRequest } from './context.ts'
import { contextOf, logged, span, TRACE, trace } from './test-evidence.ts'

const SEARCHES: RequestKind = {
  ...{ method: 'GET', path: /search/, filter: 'http.url CONTAINS "search"' },
  ...{ noun: 'search', plural: 'searches', send: 'curl -i search' },
}
const LATER_MS = 60_000

/** What the condition says of these requests, `laterMs` after the last one; `arrived`: the traces that a provider has. */
async function judge(
  requests: readonly LoggedRequest[],
  arrived: readonly string[] = [],
  laterMs = LATER_MS,
) {
  const context = contextOf({
    requests: async () => requests,
    recentTraces: async () => [...arrived],
    trace: async (traceId) => trace(arrived.includes(traceId) ? [span('root')] : [], { traceId }),
  })
  const verdict = judgeArrivals(await gatherArrivals(context, SEARCHES), Date.now() + laterMs)
  return verdict.isMet ? verdict.saw : verdict.diagnosis.what
}

test.each([
  ['none came', [], [], 'No search has come yet.'],
  ['one came and was not kept', [logged({ isKept: false })], [], 'One search came, and it was not kept'],
  ['three came', [1, 2, 3].map(() => logged({ isKept: false })), [], '3 searches came, and none was kept'],
  ['one was kept and has not arrived', [logged()], [], `${TRACE} was kept, and has not arrived`],
  ['one of two has arrived', [logged(), logged({ isKept: false })], [TRACE], '2 searches came, 1 was kept'],
  ['one is older than the log', [], [TRACE], '1 search kept'],
] as const)('%s', async (_what, requests, arrived, words) => {
  expect(await judge(requests, arrived)).toContain(words)
})

test('one that was kept a moment ago is on its way', async () => {
  expect(await judge([logged()], [], 0)).toContain('is on its way')
})

test('with X-Ray off, where recent traces are of all kinds, only the traces of these requests count', async () => {
  const home = span('root', { attributes: { 'url.path': '/api/activities/home' } })
  const search = span('root', { attributes: { 'url.path': '/api/search', 'http.request.method': 'GET' } })
  const posted = span('root', { attributes: { 'url.path': '/api/search', 'http.request.method': 'POST' } })
  const spans = { home, search, posted }
  const context = contextOf({
    recentTraces: async () => Object.keys(spans),
    trace: async (traceId) => trace([spans[traceId as keyof typeof spans]], { traceId }),
  })
  const { traces } = await gatherArrivals(context, SEARCHES)
  expect(traces.map(({ traceId }) => traceId)).toEqual(['search'])
})
