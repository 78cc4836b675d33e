import { attribute, serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const HANDLE = 'app.timeline.handle'
const NOT_SAMPLED =
  'No timeline was sampled. Where the response header traceresponse ends in -00, the request was not kept: send another.'
const ANNOTATION = HANDLE.replaceAll('.', '_')

export const xRay: Chapter = oneCondition({
  number: 4,
  folder: '04-x-ray',
  title: 'X-Ray: segments, annotations, the map and the group',
  file: 'backend/api/user-activities.ts',
  async check(context) {
    if (context.modes.xray === 'off') return notYet('X-Ray is off.', 'npm run env -- XRAY_ENABLED=true')
    const traceIds = await context.recentTraces('http.url CONTAINS "/api/activities/@"')
    if (traceIds.length === 0) {
      return notYet(NOT_SAMPLED, `curl -i ${context.api}/api/activities/@maya`)
    }
    const seen = new Map<string, string>()
    for (const traceId of traceIds) {
      const server = serverSpan(await context.trace(traceId), context.service)
      if (!server) continue
      const handle = attribute(server, HANDLE)
      if (typeof handle !== 'string') continue
      const path = attribute(server, 'url.path')
      if (typeof path === 'string' && !path.endsWith(`@${handle}`)) {
        return notYet(
          `The trace ${traceId} is of ${path}, and its ${HANDLE} is "${handle}".`,
          'Annotate with the handle in the URL, npm run workshop -- restart, and request the timeline again',
        )
      }
      seen.set(handle, traceId)
    }
    const [first] = seen
    if (!first) {
      return notYet(
        `Of ${traceIds.length} timelines none is annotated with ${HANDLE}.`,
        'Write it in backend/api/user-activities.ts, npm run workshop -- restart, and look at a timeline again',
      )
    }
    // A single value could be a constant.
    if (seen.size === 1) {
      return notYet(
        `Only ${first[0]}’s timeline is annotated.`,
        `curl -i ${context.api}/api/activities/@${first[0] === 'tomasz' ? 'maya' : 'tomasz'}`,
      )
    }
    const [handle, traceId] = first
    const filter = `annotation.${ANNOTATION} = "${handle}"`
    const found = await context.recentTraces(filter)
    if (!found.includes(traceId)) {
      return notYet(
        `X-Ray does not find the trace by ${filter} yet.`,
        'It indexes for some seconds: run the check again',
      )
    }
    const evidence = [`${found.length} traces match ${filter}`]
    const group = await context.group()
    if (!group) return notYet('There is no group.', 'npm run aws', evidence)
    evidence.push(`the group ${group.name}: ${group.filter}`)
    const edge = (await context.serviceEdges()).find(
      ({ from, to }) => from === context.service && to === context.profilesService,
    )
    if (!edge) {
      return notYet(
        `The service map has no arrow from ${context.service} to ${context.profilesService}.`,
        'Send some requests (npm run load -- --duration 5), and run the check again',
        evidence,
      )
    }
    evidence.push(`the map: ${edge.from} → ${edge.to}, ${edge.requests} requests, ${edge.faults} faults`)
    return passed(evidence, traceId)
  },
})
