import type { DatabaseSync } from 'node:sqlite'
import { createSegments } from '../store/segments.ts'
import { createGroups } from '../store/xray-account.ts'
import { createTraceFinder } from '../xray/filter/trace-finder.ts'
import type { TraceTable } from './trace-table.ts'

export interface XRayQuestion {
  readonly filter?: string | undefined
  readonly group?: string | undefined
}

const MAX_KEPT = 4
const MATCHES = 1

interface Kept {
  readonly key: string
  readonly traces: TraceTable
  /** The revision that was evaluated, by slot. */
  revisions: Uint32Array
  /** 1 for a slot that matches. */
  results: Uint8Array
}

/**
 * Evaluates X-Ray's filter expressions, which read all segments of a trace. What was found for an expression is kept for the
 * next page, the menus and the chart.
 */
export class XRayMatches {
  readonly #store
  #kept: Kept[] = []

  constructor(database: DatabaseSync) {
    this.#store = { segments: createSegments(database), groups: createGroups(database) }
  }

  /**
   * Returns whether a slot matches; undefined without an expression and group. Throws an HttpError (400). A slot that was not
   * evaluated before matches nothing where `hasTime` is false.
   */
  matcher(
    question: XRayQuestion,
    traces: TraceTable,
    hasTime: () => boolean,
  ): ((slot: number) => boolean) | undefined {
    const find = createTraceFinder(this.#store, question)
    if (!find) return undefined
    const kept = this.#keptFor(JSON.stringify([question, this.#store.groups.list()]), traces)
    return (slot) => {
      const revision = traces.revision(slot)
      if (kept.revisions[slot] !== revision) {
        if (!hasTime()) return false
        const isFound = traces.segments(slot) > 0 && find(traces.traceId(slot)) !== undefined
        kept.results[slot] = isFound ? MATCHES : 0
        kept.revisions[slot] = revision
      }
      return kept.results[slot] === MATCHES
    }
  }

  #keptFor(key: string, traces: TraceTable): Kept {
    const known = this.#kept.find((kept) => kept.key === key && kept.traces === traces)
    const kept = known ?? { key, traces, revisions: new Uint32Array(0), results: new Uint8Array(0) }
    if (kept.revisions.length < traces.length) {
      const [revisions, results] = [new Uint32Array(2 * traces.length), new Uint8Array(2 * traces.length)]
      revisions.set(kept.revisions)
      results.set(kept.results)
      Object.assign(kept, { revisions, results })
    }
    this.#kept = [kept, ...this.#kept.filter((other) => other !== kept)].slice(0, MAX_KEPT)
    return kept
  }
}
