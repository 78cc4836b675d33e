import { z } from 'zod'
import { parseTraceId } from '../../contracts/trace-id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { checkRange, NO_TOKEN, TIME_RANGE, TRACE_IDS } from './common-input.ts'
import { matches } from './filter/evaluate.ts'
import { filterOfGroup, groupFilters } from './group-filter.ts'
import { operation } from './operation.ts'
import { serviceGraph } from './service-graph.ts'
import { assembleTrace, type Trace } from './trace.ts'

const MAX_RANGE_HOURS = 6 // X-Ray takes no more
/** The newest of a range, so that a busy day is answered within a second; X-Ray takes its own sample. */
const MAX_TRACES = 2_000

/** GetServiceGraph and GetTraceGraph. Both give everything at once, and no NextToken. */
export function serviceGraphRoutes(store: Store): Route[] {
  const read = (traceId: string) => assembleTrace(traceId, store.segments.ofTrace(traceId))
  return [
    operation(
      '/ServiceGraph',
      TIME_RANGE.extend({
        GroupName: z.string().optional(),
        GroupARN: z.string().optional(),
        NextToken: NO_TOKEN,
      }),
      ({ StartTime, EndTime, GroupName, GroupARN }) => {
        checkRange({ StartTime, EndTime }, MAX_RANGE_HOURS)
        const filter = filterOfGroup(store, GroupARN ?? GroupName)
        const groups = groupFilters(store)
        const traces = store.segments
          .tracesBetween('start', StartTime, EndTime, MAX_TRACES)
          .map(({ traceId }) => read(traceId))
          .filter((trace): trace is Trace => trace !== undefined)
          .filter((trace) => !filter || matches(filter, trace, groups))
        return { StartTime, EndTime, Services: serviceGraph(traces), ContainsOldGroupVersions: false }
      },
    ),

    operation('/TraceGraph', z.object({ TraceIds: TRACE_IDS, NextToken: NO_TOKEN }), ({ TraceIds: ids }) => {
      const traceIds = new Set(ids.flatMap((id) => parseTraceId(id) ?? []))
      return { Services: serviceGraph([...traceIds].map(read).filter((trace) => trace !== undefined)) }
    }),
  ]
}
