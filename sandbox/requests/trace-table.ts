import { Dictionary } from '../query/events/dictionary.ts'
import { RECORD_TABLES, type RecordTable, type StoredTrace } from './stored-trace.ts'

const MIN_SLOTS = 1_024
/** Build the dictionaries again when this many times more texts are in them than traces. */
const MAX_DEAD_TEXTS = 2
const MIN_TEXTS = 10_000

/**
 * All traces in columns, so that a filter or an order looks at 200,000 of them in milliseconds. A trace has a slot; that of
 * a deleted trace is used again. Memory is about 200 bytes a trace.
 */
export class TraceTable {
  /** Grows with every change. */
  version: number
  #length = 0
  #free: number[] = []
  readonly #slotOfId = new Map<string, number>()
  #traceIds: string[] = []
  #numbers = new Float64Array(MIN_SLOTS)
  #startedMs = new Float64Array(MIN_SLOTS)
  #startMs = new Float64Array(MIN_SLOTS)
  #durationMs = new Float64Array(MIN_SLOTS)
  /** NaN without one. */
  #status = new Float64Array(MIN_SLOTS)
  #statusRow = new Float64Array(MIN_SLOTS)
  #name = new Uint32Array(MIN_SLOTS)
  #services = new Uint32Array(MIN_SLOTS)
  #spans = new Uint32Array(MIN_SLOTS)
  #segments = new Uint32Array(MIN_SLOTS)
  #items = new Uint32Array(MIN_SLOTS)
  #error = new Uint8Array(MIN_SLOTS)
  #isLive = new Uint8Array(MIN_SLOTS)
  #revisions = new Uint32Array(MIN_SLOTS)
  #firstRows = RECORD_TABLES.map(() => new Float64Array(MIN_SLOTS))
  #names = new Dictionary()
  /** Each as JSON. */
  #serviceSets = new Dictionary()
  /** By code. */
  #serviceLists: (readonly string[])[] = [[]]
  /** Slots whose HTTP status has not been read yet. */
  readonly #withoutStatus = new Set<number>()

  /** `version`: of the table that this one replaces, so that no revision is used twice. */
  constructor(version = 0) {
    this.version = version
  }

  /** Slots are below it. */
  get length(): number {
    return this.#length
  }

  /** How many traces there are. */
  get size(): number {
    return this.#slotOfId.size
  }

  slotOf(traceId: string): number | undefined {
    return this.#slotOfId.get(traceId)
  }

  /** The slots of all traces. */
  slots(): Uint32Array {
    const found = new Uint32Array(this.size)
    let count = 0
    for (let slot = 0; slot < this.#length; slot++) if (this.#isLive[slot] === 1) found[count++] = slot
    return found
  }

  traceId(slot: number): string {
    return this.#traceIds[slot] as string
  }
  number(slot: number): number {
    return this.#numbers[slot] as number
  }
  startedMs(slot: number): number {
    return this.#startedMs[slot] as number
  }
  startMs(slot: number): number {
    return this.#startMs[slot] as number
  }
  durationMs(slot: number): number {
    return this.#durationMs[slot] as number
  }
  /** Null without one. Read by `setStatus` where only the spans have it. */
  status(slot: number): number | null {
    const status = this.#status[slot] as number
    return Number.isNaN(status) ? null : status
  }
  nameCode(slot: number): number {
    return this.#name[slot] as number
  }
  name(slot: number): string {
    return this.#names.value(this.nameCode(slot)) as string
  }
  servicesCode(slot: number): number {
    return this.#services[slot] as number
  }
  services(slot: number): readonly string[] {
    return this.#serviceLists[this.servicesCode(slot)] ?? []
  }
  spans(slot: number): number {
    return this.#spans[slot] as number
  }
  segments(slot: number): number {
    return this.#segments[slot] as number
  }
  items(slot: number): number {
    return this.#items[slot] as number
  }
  error(slot: number): boolean {
    return this.#error[slot] === 1
  }
  /** Changes whenever the slot's trace has other records, or the slot another trace. */
  revision(slot: number): number {
    return this.#revisions[slot] as number
  }
  /** Codes of names and service lists are below these. */
  get nameCount(): number {
    return this.#names.size
  }
  get servicesCount(): number {
    return this.#serviceSets.size
  }

  /** Adds a trace or replaces it. */
  put(trace: StoredTrace): void {
    const slot = this.#slotOfId.get(trace.traceId) ?? this.#newSlot(trace.traceId)
    this.#numbers[slot] = trace.number
    this.#startedMs[slot] = trace.startedMs
    this.#startMs[slot] = trace.startMs
    this.#durationMs[slot] = trace.durationMs
    this.#name[slot] = this.#names.codeOf(trace.name) || this.#names.add(trace.name)
    this.#services[slot] = this.#codeOfServices(trace.services)
    this.#spans[slot] = trace.spans
    this.#segments[slot] = trace.segments
    this.#items[slot] = trace.items
    this.#error[slot] = trace.error ? 1 : 0
    for (const [index, table] of RECORD_TABLES.entries()) {
      const rows = this.#firstRows[index] as Float64Array
      rows[slot] = trace.firstRows[table]
    }
    this.#putStatus(slot, trace)
    this.#changed(slot)
  }

  remove(traceId: string): void {
    const slot = this.#slotOfId.get(traceId)
    if (slot === undefined) return
    this.#slotOfId.delete(traceId)
    this.#isLive[slot] = 0
    this.#statusRow[slot] = 0
    this.#withoutStatus.delete(slot)
    this.#free.push(slot)
    this.#changed(slot)
  }

  /** Slots of which the HTTP status is in a span chunk that has not been read, with the chunk's row. */
  *withoutStatus(): Generator<{ readonly slot: number; readonly row: number }> {
    for (const slot of this.#withoutStatus) yield { slot, row: this.#statusRow[slot] as number }
  }

  setStatus(slot: number, status: number | null): void {
    this.#status[slot] = status ?? Number.NaN
    this.#withoutStatus.delete(slot)
  }

  /** Slots of traces that had rows in a table before its row `oldest`. */
  *slotsBefore(table: RecordTable, oldest: number): Generator<number> {
    const rows = this.#firstRows[RECORD_TABLES.indexOf(table)] as Float64Array
    for (let slot = 0; slot < this.#length; slot++) {
      if (this.#isLive[slot] === 1 && (rows[slot] as number) < oldest) yield slot
    }
  }

  /** Frees the texts of deleted traces when they are many. */
  tidy(): void {
    const most = MIN_TEXTS + MAX_DEAD_TEXTS * this.size
    if (this.#names.size < most && this.#serviceSets.size < most) return
    const [names, lists] = [this.#names, this.#serviceLists]
    this.#names = new Dictionary()
    this.#serviceSets = new Dictionary()
    this.#serviceLists = [[]]
    for (const slot of this.slots()) {
      const name = names.value(this.nameCode(slot)) as string
      this.#name[slot] = this.#names.codeOf(name) || this.#names.add(name)
      this.#services[slot] = this.#codeOfServices(lists[this.servicesCode(slot)] ?? [])
    }
    this.version++
  }

  #codeOfServices(services: readonly string[]): number {
    const key = JSON.stringify(services)
    const known = this.#serviceSets.codeOf(key)
    if (known !== 0) return known
    const code = this.#serviceSets.add(key)
    this.#serviceLists[code] = services
    return code
  }

  /** A status that has been read stays, as long as it is in the same chunk: a stored chunk does not change. */
  #putStatus(slot: number, { httpStatus, statusRow }: StoredTrace): void {
    if (statusRow === 0) {
      this.#status[slot] = httpStatus ?? Number.NaN
      this.#withoutStatus.delete(slot)
    } else if (this.#statusRow[slot] !== statusRow) {
      this.#status[slot] = Number.NaN
      this.#withoutStatus.add(slot)
    }
    this.#statusRow[slot] = statusRow
  }

  #newSlot(traceId: string): number {
    const slot = this.#free.pop() ?? this.#length++
    if (slot === this.#numbers.length) this.#grow()
    this.#isLive[slot] = 1
    this.#statusRow[slot] = 0
    this.#traceIds[slot] = traceId
    this.#slotOfId.set(traceId, slot)
    return slot
  }

  #changed(slot: number): void {
    this.#revisions[slot] = ++this.version
  }

  #grow(): void {
    const size = 2 * this.#numbers.length
    const floats = (values: Float64Array<ArrayBuffer>) => copyInto(new Float64Array(size), values)
    const integers = (values: Uint32Array<ArrayBuffer>) => copyInto(new Uint32Array(size), values)
    const bytes = (values: Uint8Array<ArrayBuffer>) => copyInto(new Uint8Array(size), values)
    this.#numbers = floats(this.#numbers)
    this.#startedMs = floats(this.#startedMs)
    this.#startMs = floats(this.#startMs)
    this.#durationMs = floats(this.#durationMs)
    this.#status = floats(this.#status)
    this.#statusRow = floats(this.#statusRow)
    this.#firstRows = this.#firstRows.map(floats)
    this.#name = integers(this.#name)
    this.#services = integers(this.#services)
    this.#spans = integers(this.#spans)
    this.#segments = integers(this.#segments)
    this.#items = integers(this.#items)
    this.#revisions = integers(this.#revisions)
    this.#error = bytes(this.#error)
    this.#isLive = bytes(this.#isLive)
  }
}

function copyInto<Numbers extends { set(values: Numbers): void }>(more: Numbers, values: Numbers): Numbers {
  more.set(values)
  return more
}
