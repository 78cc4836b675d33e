import { DatabaseSync } from 'node:sqlite'
import type { LatencyPoints, RequestMenus } from '../../contracts/sandbox/lists.ts'
import type { StoredEvents } from '../query/events/stored-events.ts'
import type { JobAnswerer, JobContext } from '../read-thread/jobs.ts'
import { latencyPoints } from './latency-points.ts'
import { readMenus } from './menus.ts'
import { readPeers } from './peers.ts'
import { matchesFilter, needsStatus, type RequestFilter } from './request-filter.ts'
import { createOrder, firstInOrder, type Ordering, type Position } from './request-order.ts'
import { SlotFacts } from './slot-facts.ts'
import { StoredTraces } from './stored-traces.ts'
import { TextSearch } from './text-search.ts'
import type { TraceTable } from './trace-table.ts'
import { createTwinJobs, type TwinJob } from './twins/twin-jobs.ts'
import { XRayMatches, type XRayQuestion } from './xray-matches.ts'

/** Milliseconds after which a page, the menus and the chart stop reading X-Ray's segments. The next call continues. */
const EXPRESSION_MS = 400
/** KiB. The index from trace ids to segments has 12 MB at the store's bounds. */
const CACHE_KB = 32_000

/** Which requests are wanted. */
export interface RequestQuestion {
  readonly filter: RequestFilter
  readonly text?: string | undefined
  readonly xray: XRayQuestion
}

export type ListJob =
  | {
      readonly kind: 'request page'
      readonly question: RequestQuestion
      readonly ordering: Ordering
      readonly after: Position | undefined
      readonly limit: number
    }
  | { readonly kind: 'request menus'; readonly question: RequestQuestion }
  | { readonly kind: 'latency points'; readonly question: RequestQuestion }
  | { readonly kind: 'trace peers'; readonly traceId: string }
  /** Answered with the ids that have all words of each text. */
  | {
      readonly kind: 'traces with words'
      readonly texts: readonly string[]
      readonly traceIds: readonly string[]
    }
  | TwinJob

/** The answer to a 'request page'. */
export interface PageIds {
  readonly traceIds: readonly string[]
  readonly next: Position | null
}

/** Answers reads of the list that need the whole store, in the read thread. */
export function createListJobs(file: string, events: () => StoredEvents): JobAnswerer<ListJob> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  database.exec(`PRAGMA cache_size = -${CACHE_KB}`)
  const stored = new StoredTraces(database)
  const texts = new TextSearch(database, events)
  const expressions = new XRayMatches(database)
  const answerTwins = createTwinJobs(database)

  /** What a slot is compared with, besides the filter. */
  const select = (table: TraceTable, { filter, text }: RequestQuestion, context: JobContext) => {
    const only = filter.traceIds && slotsOf(table, filter.traceIds)
    const words = text === undefined ? undefined : texts.find(text, table, context, only)
    if (needsStatus(filter)) context.loading((check) => stored.readStatuses(check))
    const hasWords = (slot: number) => words === undefined || words[slot] === 1
    const facts = new SlotFacts(table)
    const filtered = () =>
      (only ? Uint32Array.from(only) : table.slots()).filter((slot) => {
        facts.slot = slot
        return matchesFilter(filter, facts) && hasWords(slot)
      })
    return { filtered, hasWords }
  }

  /** An expression is evaluated for some time, so that other lists need not wait; what was found is kept. */
  const limited = (table: TraceTable, xray: XRayQuestion) => {
    const endMs = performance.now() + EXPRESSION_MS
    let isComplete = true
    const hasTime = () => {
      if (performance.now() > endMs) isComplete = false
      return isComplete
    }
    return { matchesXRay: expressions.matcher(xray, table, hasTime), isComplete: () => isComplete }
  }

  /** All that match. */
  const readLatency = (table: TraceTable, question: RequestQuestion, context: JobContext): LatencyPoints => {
    const slots = select(table, question, context).filtered()
    const { matchesXRay, isComplete } = limited(table, question.xray)
    const found = matchesXRay ? context.loading((check) => slots.filter(checked(matchesXRay, check))) : slots
    return { ...latencyPoints(table, found), isComplete: isComplete() }
  }

  const menus = (table: TraceTable, question: RequestQuestion, context: JobContext): RequestMenus => {
    const { hasWords } = select(table, question, context)
    const { matchesXRay, isComplete } = limited(table, question.xray)
    return context.loading((check) => {
      const isInXRay = matchesXRay && checked(matchesXRay, check)
      const matchesElse = (slot: number) => hasWords(slot) && (!isInXRay || isInXRay(slot))
      return { ...readMenus(table, question.filter, matchesElse), isComplete: isComplete() }
    })
  }

  const page = (table: TraceTable, job: ListJob & { kind: 'request page' }, context: JobContext): PageIds => {
    const { question, ordering, after, limit } = job
    if (ordering.sort === 'status') context.loading((check) => stored.readStatuses(check))
    const { filtered } = select(table, question, context)
    const matchesXRay = expressions.matcher(question.xray, table, () => true)
    const order = createOrder(table, ordering)
    const slots = after ? filtered().filter((slot) => order.isAfter(slot, after)) : filtered()
    if (matchesXRay) {
      return searchPage(table, slots.sort(order.compare), matchesXRay, limit, order.positionOf)
    }
    const found = firstInOrder(slots, limit + 1, order.compare)
    const last = found[limit - 1]
    return {
      traceIds: found.slice(0, limit).map((slot) => table.traceId(slot)),
      next: found.length > limit && last !== undefined ? order.positionOf(last) : null,
    }
  }

  const withWords = (
    table: TraceTable,
    { texts: wanted, traceIds }: ListJob & { kind: 'traces with words' },
    context: JobContext,
  ) =>
    texts
      .findEach(wanted, table, context, slotsOf(table, traceIds))
      .map((slots) => slots.map((slot) => table.traceId(slot)))

  return (job, context) => {
    const table = context.loading((check) => stored.refresh(check))
    if (job.kind === 'traces with words') return withWords(table, job, context)
    if (job.kind === 'trace peers') return readPeers(table, job.traceId)
    if (job.kind === 'latency points') return readLatency(table, job.question, context)
    if (job.kind === 'request menus') return menus(table, job.question, context)
    if (job.kind === 'request page') return page(table, job, context)
    return context.loading((check) => answerTwins(job, table, check))
  }
}

/** Goes through the slots until the page is full or the time is over. */
function searchPage(
  table: TraceTable,
  slots: Uint32Array,
  matches: (slot: number) => boolean,
  limit: number,
  positionOf: (slot: number) => Position,
): PageIds {
  const endMs = performance.now() + EXPRESSION_MS
  const traceIds: string[] = []
  for (const [index, slot] of slots.entries()) {
    if (matches(slot)) traceIds.push(table.traceId(slot))
    const isLast = index === slots.length - 1
    if (!isLast && (traceIds.length === limit || performance.now() > endMs)) {
      return { traceIds, next: positionOf(slot) }
    }
  }
  return { traceIds, next: null }
}

function slotsOf(table: TraceTable, traceIds: readonly string[]): Set<number> {
  return new Set(traceIds.flatMap((traceId) => table.slotOf(traceId) ?? []))
}

const CHECK_EVERY = 100

/** Calls `check` now and then. */
function checked(matches: (slot: number) => boolean, check: () => void): (slot: number) => boolean {
  let count = 0
  return (slot) => {
    if (++count % CHECK_EVERY === 0) check()
    return matches(slot)
  }
}
