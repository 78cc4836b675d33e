import type { FilterTerms, FilterValue } from '../../contracts/sandbox/xray-filter.ts'
import type { Store } from '../store/store.ts'
import { withSubsegments } from '../xray/calls.ts'
import { DEFAULT_GROUP } from '../xray/filter/group-filters.ts'
import { assembleTrace, type Trace } from '../xray/trace.ts'

/** Milliseconds after which reading stops, because it blocks the event loop. */
const READ_MS = 50
const MAX_TRACES = 500
/** So many are read in any case, so that a busy machine has something to offer. */
const MIN_TRACES = 20
/** A larger trace is left out, because it would take longer than all others. */
const MAX_SEGMENTS = 2_000
/** Bounds of the answer: about 100 kB. */
const MAX_LENGTH = 120
const MAX_NAMES = 60
const MAX_VALUES = 15
/** Bound of what is counted: different values of one kind. */
const MAX_COUNTED = 2_000
/** Epoch seconds, after every segment. */
const END_OF_TIME = 1e12

/** What a filter expression can name, from the newest traces that have segments. */
export function readFilterTerms(store: Store): FilterTerms {
  const services = new Counts<string>()
  const types = new Map<string, string>()
  const edges = new Counts<string>()
  const annotations = new Map<string, Counts<FilterValue>>()
  const keywords = new Map<string, Counts<FilterValue>>()

  const count = (trace: Trace) => {
    for (const { name, type } of trace.services) {
      services.add(name)
      if (type) types.set(name, type)
    }
    for (const { from, to } of trace.edges) edges.add(JSON.stringify([from.name, to.name]))
    const { url, method, status, userAgent, clientIp } = trace.root.http
    for (const [keyword, value] of Object.entries({
      'http.url': url,
      'http.method': method,
      'http.status': status,
      'http.useragent': userAgent,
      'http.clientip': clientIp,
    })) {
      if (value !== undefined) countsOf(keywords, keyword).add(value)
    }
    for (const segment of trace.segments) {
      for (const [keyword, value] of Object.entries({
        user: segment.user,
        availabilityzone: segment.availabilityZone,
        'instance.id': segment.instanceId,
        'resource.arn': segment.resourceArn,
      })) {
        if (value !== undefined) countsOf(keywords, keyword).add(value)
      }
      for (const part of withSubsegments(segment)) {
        for (const [key, value] of Object.entries(part.annotations)) countsOf(annotations, key).add(value)
      }
    }
  }

  const deadline = performance.now() + READ_MS
  let traces = 0
  for (const { traceId } of store.segments.tracesBetween('start', 0, END_OF_TIME, MAX_TRACES)) {
    if (traces >= MIN_TRACES && performance.now() > deadline) break
    if (store.segments.countOf(traceId) > MAX_SEGMENTS) continue
    const trace = assembleTrace(traceId, store.segments.ofTrace(traceId))
    if (trace) count(trace)
    traces++
  }
  return {
    groups: [
      { name: DEFAULT_GROUP, arn: '', filter: '' },
      ...store.groups.list().map(({ name, arn, filterExpression: filter }) => ({ name, arn, filter })),
    ],
    services: services.top(MAX_NAMES).map((name) => ({ name, type: types.get(name) ?? null })),
    edges: edges.top(MAX_NAMES).map((edge) => JSON.parse(edge)),
    annotations: [...annotations]
      .toSorted(([, a], [, b]) => b.total - a.total)
      .filter(([key]) => isUsable(key))
      .slice(0, MAX_NAMES)
      .map(([key, counts]) => ({ key, values: counts.top(MAX_VALUES) })),
    values: Object.fromEntries(
      [...keywords].map(([keyword, counts]) => [keyword, counts.top(MAX_VALUES)] as const),
    ),
    traces,
  }
}

function countsOf(
  all: Map<string, Counts<FilterValue>>,
  key: string,
): Pick<Counts<FilterValue>, 'add' | 'total'> {
  const known = all.get(key)
  if (known) return known
  const counts = new Counts<FilterValue>()
  if (all.size < MAX_COUNTED) all.set(key, counts)
  return counts
}

/** How often each value occurs. */
class Counts<Value extends FilterValue> {
  total = 0
  readonly #counts = new Map<Value, number>()

  add(value: Value): void {
    this.total++
    const before = this.#counts.get(value)
    if (before !== undefined || this.#counts.size < MAX_COUNTED) this.#counts.set(value, (before ?? 0) + 1)
  }

  /** The most frequent values that are short enough to be offered. */
  top(limit: number): Value[] {
    return [...this.#counts]
      .filter(([value]) => isUsable(value))
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([value]) => value)
  }
}

/** Text fields have no room for control characters. */
function isUsable(value: FilterValue): boolean {
  return typeof value !== 'string' || (value.length <= MAX_LENGTH && !/\p{Cc}/u.test(value))
}
