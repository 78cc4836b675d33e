import type { DatabaseSync } from 'node:sqlite'
import type { StoredSpans } from '../../store/spans.ts'
import { prepare } from '../../store/table.ts'
import type { TraceTable } from '../trace-table.ts'
import type { OwnedWork } from './pairs.ts'
import { workOfSegments, workOfSpans } from './server-work.ts'

/** Traces of which the work is kept. About 300 bytes each */
const MAX_KEPT = 10_000

interface Kept {
  readonly revision: number
  readonly work: readonly OwnedWork[]
}

/** Reads the server work of traces, and keeps it until the trace changes. */
export class WorkReader {
  readonly #chunks
  readonly #segments
  #traces: TraceTable | undefined
  #kept = new Map<number, Kept>()

  constructor(database: DatabaseSync) {
    this.#chunks = prepare<StoredSpans, [trace: number]>(
      database,
      'SELECT dataset, encoding, body FROM span_chunks WHERE trace = ? ORDER BY start_ms',
    )
    this.#segments = prepare<{ document: string }, [traceId: string]>(
      database,
      'SELECT document FROM segments WHERE trace_id = ? ORDER BY start_s',
    )
  }

  /** Of its spans; of its segments where it has no spans. By start */
  of(traces: TraceTable, slot: number): readonly OwnedWork[] {
    if (this.#traces !== traces || this.#kept.size > MAX_KEPT) this.#kept = new Map()
    this.#traces = traces
    const revision = traces.revision(slot)
    const known = this.#kept.get(slot)
    if (known?.revision === revision) return known.work
    const work = this.#read(traces, slot).map((one) => ({ ...one, slot }))
    this.#kept.set(slot, { revision, work })
    return work
  }

  /** Whether `of` would read nothing. */
  isKept(traces: TraceTable, slot: number): boolean {
    return this.#traces === traces && this.#kept.get(slot)?.revision === traces.revision(slot)
  }

  /** A record that cannot be read must not keep the others from being compared. */
  #read(traces: TraceTable, slot: number) {
    try {
      if (traces.spans(slot) > 0) return workOfSpans(this.#chunks.all(traces.number(slot)))
      return workOfSegments(this.#segments.all(traces.traceId(slot)).map(({ document }) => document))
    } catch {
      return []
    }
  }
}
