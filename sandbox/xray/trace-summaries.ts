import { z } from 'zod'
import { MAX_FILTER_LENGTH } from '../../contracts/sandbox/xray-filter-words.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Route } from '../http/router.ts'
import type { Place, SegmentClock } from '../store/segments.ts'
import type { Store } from '../store/store.ts'
import { ACCOUNT_ID } from './account.ts'
import { withSubsegments } from './calls.ts'
import { matches } from './filter/evaluate.ts'
import { groupFilters } from './filter/group-filters.ts'
import { readFilter } from './filter/parser.ts'
import { checkRange, operation, TIME_RANGE } from './operation.ts'
import { rootCauses } from './root-causes.ts'
import type { AnnotationValue } from './segment.ts'
import { seconds } from './segments.ts'
import { assembleTrace, type Service, type Trace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'
import { invalidRequest } from './xray-error.ts'

/** Traces per page, counting those that do not match. */
const TRACES_PER_PAGE = 500
const MAX_RANGE_HOURS = 24 // X-Ray takes no more
const CLOCKS: Readonly<Record<string, SegmentClock>> = { TraceId: 'start', Event: 'received', Service: 'end' }

const cursor = z.tuple([z.number(), z.string()])

/** GetTraceSummaries. Newest first. */
export function traceSummaryRoutes(store: Store, search: TransactionSearch): Route[] {
  return [
    operation(
      '/TraceSummaries',
      TIME_RANGE.extend({
        TimeRangeType: z.enum(['TraceId', 'Event', 'Service']).default('TraceId'),
        Sampling: z.boolean().optional(),
        SamplingStrategy: z
          .object({ Name: z.enum(['PartialScan', 'FixedRate']).optional(), Value: z.number().optional() })
          .optional(),
        FilterExpression: z.string().max(MAX_FILTER_LENGTH).optional(),
        NextToken: z.string().optional(),
      }),
      ({ StartTime, EndTime, TimeRangeType, FilterExpression, NextToken }) => {
        checkRange({ StartTime, EndTime }, MAX_RANGE_HOURS)
        const filter = FilterExpression?.trim() ? readFilter(FilterExpression) : undefined
        const entries = store.segments.tracesBetween(
          CLOCKS[TimeRangeType] ?? 'start',
          StartTime,
          EndTime,
          TRACES_PER_PAGE,
          NextToken === undefined ? undefined : readToken(NextToken),
        )
        const last = entries.length === TRACES_PER_PAGE ? entries.at(-1) : undefined
        const traces = entries
          .filter(({ traceId }) => search.isIndexed(traceId))
          .map(({ traceId }) => assembleTrace(traceId, store.segments.ofTrace(traceId)))
          .filter((trace) => trace !== undefined)
        const groups = groupFilters(store)
        return {
          TraceSummaries: traces.filter((trace) => !filter || matches(filter, trace, groups)).map(summaryOf),
          TracesProcessedCount: traces.length,
          ApproximateTime: Date.now() / 1000,
          NextToken: last && writeToken(last),
        }
      },
    ),
  ]
}

function writeToken({ at, traceId }: Place): string {
  return Buffer.from(JSON.stringify([at, traceId])).toString('base64url')
}

function readToken(token: string): Place {
  try {
    const [at, traceId] = cursor.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')))
    return { at, traceId }
  } catch {
    throw invalidRequest('Invalid NextToken')
  }
}

function summaryOf(trace: Trace) {
  const { root, segments, services } = trace
  const { http } = root
  return {
    Id: toXRayTraceId(trace.traceId),
    StartTime: trace.startS,
    Duration: seconds(trace.durationS),
    ResponseTime: root.endS === undefined ? undefined : seconds(root.endS - root.startS),
    HasFault: root.isFault,
    HasError: root.isError,
    HasThrottle: segments.some(({ isThrottle }) => isThrottle),
    IsPartial: trace.isPartial,
    Http: {
      HttpURL: http.url,
      HttpStatus: http.status,
      HttpMethod: http.method,
      UserAgent: http.userAgent,
      ClientIp: http.clientIp,
    },
    Annotations: annotationsOf(services),
    Users: different(segments.map(({ user }) => user)).map((user) => ({
      UserName: user,
      ServiceIds: services
        .filter((service) => service.segments.some((own) => own.user === user))
        .map(serviceId),
    })),
    ServiceIds: services.map(serviceId),
    EntryPoint: serviceId(
      services.find(({ segments: own }) => own.includes(root)) ?? {
        name: root.name,
        type: root.origin,
        segments: [root],
      },
    ),
    ResourceARNs: different(segments.map(({ resourceArn }) => resourceArn)).map((ARN) => ({ ARN })),
    InstanceIds: different(segments.map(({ instanceId }) => instanceId)).map((Id) => ({ Id })),
    AvailabilityZones: different(segments.map(({ availabilityZone }) => availabilityZone)).map((Name) => ({
      Name,
    })),
    FaultRootCauses: rootCauses(trace, 'fault'),
    ErrorRootCauses: rootCauses(trace, 'error'),
    ResponseTimeRootCauses: rootCauses(trace, 'responsetime'),
    Revision: segments.length,
    MatchedEventTime: trace.startS,
  }
}

/** Each text once. */
function different(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}

function serviceId({ name, type }: Service) {
  return { Name: name, Names: [name], AccountId: ACCOUNT_ID, Type: type }
}

/** Each annotation with its values, and each value with its services. */
function annotationsOf(services: readonly Service[]) {
  const all = services.flatMap((service) =>
    service.segments
      .flatMap(withSubsegments)
      .flatMap(({ annotations }) => Object.entries(annotations))
      .map(([key, value]) => ({ key, value, service })),
  )
  return Object.fromEntries(
    [...Map.groupBy(all, ({ key }) => key)].map(([key, found]) => [
      key,
      [...Map.groupBy(found, ({ value }) => value)].map(([value, owners]) => ({
        AnnotationValue: annotationValue(value),
        ServiceIds: [...new Set(owners.map(({ service }) => service))].map(serviceId),
      })),
    ]),
  )
}

function annotationValue(value: AnnotationValue) {
  if (typeof value === 'string') return { StringValue: value }
  return typeof value === 'number' ? { NumberValue: value } : { BooleanValue: value }
}
