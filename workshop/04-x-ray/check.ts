import { type Chapter, notYet, passed } from '../chapter.ts'
import { attribute, serverSpan } from '../evidence.ts'

const HANDLE = 'app.timeline.handle'
const ANNOTATION = HANDLE.replaceAll('.', '_')

export const xRay: Chapter = {
  number: 4,
  folder: '04-x-ray',
  title: 'X-Ray: segments, annotations, the map and the group',
  file: 'backend/api/user-activities.ts',
  async check(evidence) {
    if (evidence.modes.xray === 'off') return notYet('X-Ray is off.', 'npm run env -- XRAY_ENABLED=true')
    const traceIds = await evidence.recentTraces({ filter: 'http.url CONTAINS "/api/activities/@"' })
    if (traceIds.length === 0) {
      return notYet('Nobody has looked at a timeline.', 'curl -i http://localhost:4567/api/activities/@maya')
    }
    const seen = await firstOf(traceIds, async (traceId) => {
      const server = serverSpan(await evidence.trace(traceId), evidence.service)
      const handle = server && attribute(server, HANDLE)
      return typeof handle === 'string' ? { traceId, handle } : undefined
    })
    if (!seen) {
      return notYet(
        `Of ${traceIds.length} timelines none is annotated with ${HANDLE}.`,
        'Write it in backend/api/user-activities.ts, npm run workshop -- restart, and look at a timeline again',
      )
    }
    const filter = `annotation.${ANNOTATION} = "${seen.handle}"`
    const found = await evidence.recentTraces({ filter })
    if (!found.includes(seen.traceId)) {
      return notYet(
        `X-Ray does not find the trace by ${filter} yet.`,
        'It indexes for some seconds: run the check again',
      )
    }
    const saw = [`${found.length} traces by ${filter}`]
    const group = await evidence.group()
    if (!group) return notYet('There is no group.', 'npm run aws', saw)
    saw.push(`the group ${group.name}: ${group.filter}`)
    const edge = (await evidence.serviceEdges()).find(
      ({ from, to }) => from === evidence.service && to === evidence.profilesService,
    )
    if (!edge) {
      return notYet(
        `The service map has no arrow from ${evidence.service} to ${evidence.profilesService}.`,
        'Send some requests (npm run load -- --duration 5), and run the check again',
        saw,
      )
    }
    saw.push(`the map: ${edge.from} → ${edge.to}, ${edge.requests} requests, ${edge.faults} faults`)
    return passed(saw, seen.traceId)
  },
}

async function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  for (const item of items) {
    const found = await find(item)
    if (found !== undefined) return found
  }
  return undefined
}
