import type { RequestFacts } from './request-filter.ts'
import type { TraceTable } from './trace-table.ts'

/** The facts of a slot of a table. One object for all slots: set `slot` before reading. */
export class SlotFacts implements RequestFacts {
  readonly #table: TraceTable
  slot = 0

  constructor(table: TraceTable) {
    this.#table = table
  }

  get traceId(): string {
    return this.#table.traceId(this.slot)
  }
  get startedMs(): number {
    return this.#table.startedMs(this.slot)
  }
  get durationMs(): number {
    return this.#table.durationMs(this.slot)
  }
  get name(): string {
    return this.#table.name(this.slot)
  }
  get services(): readonly string[] {
    return this.#table.services(this.slot)
  }
  get status(): number | null {
    return this.#table.status(this.slot)
  }
  get spans(): number {
    return this.#table.spans(this.slot)
  }
  get segments(): number {
    return this.#table.segments(this.slot)
  }
  get items(): number {
    return this.#table.items(this.slot)
  }
  get error(): boolean {
    return this.#table.error(this.slot)
  }
}
