import type { DatabaseSync } from 'node:sqlite'
import type { EventTable } from '../query/events/event-table.ts'
import type { StoredEvents } from '../query/events/stored-events.ts'
import type { CheckDeadline } from '../read-thread/deadline.ts'
import type { JobContext } from '../read-thread/jobs.ts'
import { DocumentTerms } from './document-terms.ts'
import { findInEvents } from './event-words.ts'
import type { TraceTable } from './trace-table.ts'
import { allBits, bitsInText, MAX_WORDS, readWords, type Word } from './words.ts'

/** A page, the menus and the chart ask for the same words. */
const MAX_KEPT = 4

interface Found {
  readonly text: string
  readonly traces: TraceTable
  readonly version: number
  readonly events: number
  /** 1 for a slot that matches. */
  readonly matches: Uint8Array
}

/**
 * Finds the requests that have all words of a text: in the name, the services or the trace id, in names and values of
 * attributes of spans and log records, in annotations and metadata, or in the titles and messages of Rollbar's items.
 */
export class TextSearch {
  readonly #documents: DocumentTerms
  readonly #events: () => StoredEvents
  #found: Found[] = []

  constructor(database: DatabaseSync, events: () => StoredEvents) {
    this.#documents = new DocumentTerms(database)
    this.#events = events
  }

  /** Returns 1 for each slot that matches. `only`: the slots that are looked at. */
  find(
    text: string,
    traces: TraceTable,
    { loading, check }: JobContext,
    only?: ReadonlySet<number>,
  ): Uint8Array {
    const events = this.#events()
    const table = loading((step) => events.refresh(step))
    const state = { text, traces, version: traces.version, events: events.revision }
    const known = this.#found.find((found) => isOf(found, state))
    if (known) return known.matches
    loading((step) => this.#documents.refresh(traces, step, only))
    const words = readWords(text)
    const bits = this.#bitsOf(words, table, traces, check, only)
    const all = allBits(words)
    const matches = Uint8Array.from(bits, (found) => (found === all ? 1 : 0))
    if (!only) this.#found = [{ ...state, matches }, ...this.#found.slice(0, MAX_KEPT - 1)]
    return matches
  }

  /** For each text, those of a few slots that match. Texts are looked for together, as many as one mask has bits for. */
  findEach(
    texts: readonly string[],
    traces: TraceTable,
    { loading, check }: JobContext,
    only: ReadonlySet<number>,
  ): number[][] {
    const table = loading((step) => this.#events().refresh(step))
    loading((step) => this.#documents.refresh(traces, step, only))
    return inMasks(texts.map(readWords)).flatMap((group) => {
      const bits = this.#bitsOf(group.flat(), table, traces, check, only)
      let from = 0
      return group.map((words) => {
        const mask = allBits(words) << from
        from += words.length
        return [...only].filter((slot) => ((bits[slot] as number) & mask) === mask)
      })
    })
  }

  /** Which of the words are in each slot. */
  #bitsOf(
    words: readonly Word[],
    events: EventTable,
    traces: TraceTable,
    check: CheckDeadline,
    only: ReadonlySet<number> | undefined,
  ): Uint32Array {
    const bits = new Uint32Array(traces.length)
    findInRows(words, traces, bits, only)
    this.#documents.find(words, bits, only)
    findInEvents(words, events, traces, bits, check, only)
    return bits
  }
}

/** The words of several texts, in groups of at most as many words as a mask has bits. */
function inMasks(texts: readonly (readonly Word[])[]): (readonly Word[])[][] {
  const groups: (readonly Word[])[][] = []
  let left = 0
  for (const words of texts) {
    if (words.length > left || groups.length === 0) {
      groups.push([])
      left = MAX_WORDS
    }
    groups.at(-1)?.push(words)
    left -= words.length
  }
  return groups
}

function isOf(found: Found, { text, traces, version, events }: Omit<Found, 'matches'>): boolean {
  return (
    found.text === text && found.traces === traces && found.version === version && found.events === events
  )
}

function findInRows(
  words: readonly Word[],
  traces: TraceTable,
  bits: Uint32Array,
  only: ReadonlySet<number> | undefined,
): void {
  const byName = new Map<number, number>()
  const byServices = new Map<number, number>()
  for (const slot of only ?? traces.slots()) {
    const inName = known(byName, traces.nameCode(slot), () => traces.name(slot))
    const inServices = known(byServices, traces.servicesCode(slot), () => traces.services(slot).join(' '))
    bits[slot] = inName | inServices | bitsInText(words, traces.traceId(slot))
  }
  function known(byCode: Map<number, number>, code: number, text: () => string): number {
    const before = byCode.get(code)
    if (before !== undefined) return before
    const found = bitsInText(words, text().toLowerCase())
    byCode.set(code, found)
    return found
  }
}
