import { attribute, serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

/** The sample's own class, and the built-in names that an error without a `name` gets. */
const STOCK = ['DeliberateError', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError']

export const rollbar: Chapter = oneCondition({
  number: 6,
  folder: '06-rollbar',
  title: 'Rollbar: an error, its trace, and back',
  file: 'backend/api/rollbar-test.ts',
  async check(context) {
    if (context.modes.rollbar === 'off')
      return notYet('Rollbar is off.', 'npm run env -- ROLLBAR_ENABLED=true')
    const traceIds = await context.recentTraces('http.url CONTAINS "/rollbar/test"')
    const own: { kind: string; traceId: string; uuid: string; isThere: boolean }[] = []
    for (const traceId of traceIds) {
      const trace = await context.trace(traceId)
      const server = serverSpan(trace, context.service)
      const uuid = server && attribute(server, 'rollbar.uuid')
      const kind = server?.exceptions[0]
      if (typeof uuid !== 'string' || !kind || STOCK.includes(kind)) continue
      const isThere = trace.occurrences.some((one) => one.uuid === uuid) || trace.state.rollbar === 'accepted'
      own.push({ kind, traceId, uuid, isThere })
    }
    const byKind = [...Map.groupBy(own, ({ kind }) => kind)].toSorted((a, b) => b[1].length - a[1].length)
    const [mostFrequent] = byKind
    if (!mostFrequent) {
      return notYet(
        traceIds.length === 0
          ? 'No request for /rollbar/test has arrived yet.'
          : 'No error there has your own class: one that sets no name is filed as Error.',
        `Write it in backend/api/rollbar-test.ts, npm run workshop -- restart, and curl -i ${context.api}/rollbar/test`,
      )
    }
    const [kind, occurrences] = mostFrequent
    const there = occurrences.filter(({ isThere }) => isThere)
    const evidence = [`${kind}, in ${occurrences.length} traces; ${there.length} of them are in Rollbar`]
    if (there.length < 2) {
      return notYet(
        'An item with a count needs a second occurrence.',
        `curl -i ${context.api}/rollbar/test once more`,
        evidence,
      )
    }
    const first = there[0]
    return passed(
      [...evidence, `the span names the occurrence ${first?.uuid}, and the occurrence its trace`],
      first?.traceId,
    )
  },
})
