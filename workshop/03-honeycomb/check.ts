import { attribute, type SpanEvidence } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const SPAN = 'search-activities'
const RESULTS = 'app.search.results'

export const honeycomb: Chapter = oneCondition({
  number: 3,
  folder: '03-honeycomb',
  title: 'Honeycomb: a span of your own, and a query on it',
  file: 'backend/api/search-activities.ts',
  async check(context) {
    /** A trace for each number of results. */
    const traces = new Map<number, string>()
    let span: SpanEvidence | undefined
    const traceIds = await context.recentTraces('http.url CONTAINS "/api/activities/search"')
    for (const traceId of traceIds) {
      const { spans } = await context.trace(traceId)
      const own = spans.find(({ name, service }) => name === SPAN && service === context.service)
      if (!own) continue
      span ??= own
      const results = attribute(own, RESULTS)
      if (typeof results !== 'number') continue
      const parent = spans.find(({ id }) => id === own.parentId)
      if (!parent?.isServer) {
        return notYet(
          `The span ${SPAN} of trace ${traceId} is not a child of the request's span.`,
          'Start it with tracer.startActiveSpan inside the handler',
        )
      }
      const query = spans.find(({ statement, parentId }) => statement !== undefined && parentId === own.id)
      if (!query) {
        return notYet(
          `The span ${SPAN} of trace ${traceId} has no query below it.`,
          'Call activities.search inside the function that startActiveSpan is given, so that it is the active span',
        )
      }
      if (!traces.has(results)) traces.set(results, traceId)
    }
    if (traceIds.length === 0) {
      return notYet('No search has arrived yet.', `curl -i '${context.api}/api/activities/search?term=dns'`)
    }
    if (!span) {
      return notYet(
        `Of ${traceIds.length} traces none has a span called ${SPAN}.`,
        'Write it in backend/api/search-activities.ts, npm run workshop -- restart, and search again',
      )
    }
    if (traces.size === 0) {
      return notYet(
        `The span ${SPAN} has no numeric attribute ${RESULTS}.`,
        `span.setAttribute('${RESULTS}', found.length)`,
      )
    }
    const withoutResults = traces.get(0)
    const evidence = [`the span ${SPAN} with ${RESULTS} = ${[...traces.keys()].join(', ')}`]
    const next = (term: string) => `curl '${context.api}/api/activities/search?term=${term}'`
    if (!withoutResults) {
      const what = 'Of the searches that were kept, every one had results: one without results is missing.'
      return notYet(what, next('nothinglikethis'), evidence)
    }
    if (traces.size < 2) {
      const what = 'Of the searches that were kept, every one had no results.'
      return notYet(
        what,
        `${next('dns')} -i, until its traceresponse ends in 01: right after a restart few are kept`,
        evidence,
      )
    }
    return passed([...evidence, `a search without results: ${withoutResults}`], withoutResults)
  },
})
