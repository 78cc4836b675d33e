import type { DatabaseSync } from 'node:sqlite'
import type { Attribute } from '../../contracts/sandbox/trace.ts'
import { flatten } from '../query/events/attribute-columns.ts'
import type { CheckDeadline } from '../read-thread/deadline.ts'
import { prepare } from '../store/table.ts'
import { isObject, partsOf } from './segment-parts.ts'
import type { TraceTable } from './trace-table.ts'
import { bitsInName, bitsInValue, type Word, wordsForValues } from './words.ts'

/** Traces per read. */
const READ_TRACES = 500
/** Different attributes that are kept. A Map holds 16 million, and the store's bound on bytes allows for more. */
const MAX_TERMS = 5_000_000
/** Build anew when more than this share of what is kept belongs to no trace any more. */
const MAX_DEAD_SHARE = 0.5
const MIN_TERMS = 10_000

/** An attribute in a document: its name and value. */
interface Term {
  readonly name: string
  readonly value: string | number | boolean
}

/**
 * The words of X-Ray's documents and Rollbar's items by trace: the annotations and metadata of segments and subsegments,
 * titles and messages. Each different attribute is kept once; a trace has the numbers of its attributes. Reads only traces that
 * have changed since the last `refresh`.
 */
export class DocumentTerms {
  readonly #segments
  readonly #occurrences
  #traces: TraceTable | undefined
  /** The revision that has been read, by slot. */
  #revisions = new Uint32Array(0)
  /** Where the numbers of a slot's terms are. */
  #from = new Uint32Array(0)
  #to = new Uint32Array(0)
  #numbers = new Uint32Array(MIN_TERMS)
  #length = 0
  #dead = 0
  #terms: Term[] = []
  #numberOf = new Map<string, number>()

  constructor(database: DatabaseSync) {
    this.#segments = prepare<{ traceId: string; document: string }, [traceIds: string]>(
      database,
      `SELECT trace_id AS traceId, document FROM json_each(?) CROSS JOIN segments ON trace_id = json_each.value`,
    )
    // SQLite reads no JSON that is nested deeper than 1,000 levels, which Rollbar's senders may send.
    this.#occurrences = prepare<{ traceId: string; messages: string }, [traceIds: string]>(
      database,
      `SELECT trace_id AS traceId, concat_ws(char(10), title, document ->> '$.body.message.body',
         document ->> '$.body.crash_report.raw', document ->> '$.body.trace.exception.message',
         (SELECT group_concat(value ->> '$.exception.message', char(10)) FROM json_each(document, '$.body.trace_chain')))
         AS messages
       FROM json_each(?) AS wanted CROSS JOIN (
         SELECT trace_id, title, iif(json_valid(document), document, '{}') AS document FROM rollbar_occurrences
       ) ON trace_id = wanted.value`,
    )
  }

  /** Reads the documents of traces that are new or have changed. `only` names some slots. */
  refresh(traces: TraceTable, check: CheckDeadline, only?: ReadonlySet<number>): void {
    const isSparse = this.#dead > MIN_TERMS && this.#dead > MAX_DEAD_SHARE * this.#length
    if (traces !== this.#traces || isSparse) this.#clear()
    this.#traces = traces
    this.#growSlots(traces.length)
    const changed = [...(only ?? traces.slots())].filter(
      (slot) => this.#revisions[slot] !== traces.revision(slot),
    )
    for (let at = 0; at < changed.length; at += READ_TRACES) {
      this.#read(traces, changed.slice(at, at + READ_TRACES))
      check()
    }
  }

  /** Adds the bits of the words that are in the documents of traces. `only` names some slots. */
  find(words: readonly Word[], bits: Uint32Array, only?: ReadonlySet<number>): void {
    const traces = this.#traces
    if (!traces) return
    const forNames = new Map<string, { inName: number; forValues: ReturnType<typeof wordsForValues> }>()
    const bitsOf = ({ name, value }: Term) => {
      let known = forNames.get(name)
      if (!known) {
        known = { inName: name === '' ? 0 : bitsInName(words, name), forValues: wordsForValues(words, name) }
        forNames.set(name, known)
      }
      return known.inName | bitsInValue(known.forValues, value)
    }
    const byNumber = new Uint32Array(this.#terms.length)
    const isKnown = new Uint8Array(this.#terms.length)
    for (const slot of only ?? traces.slots()) {
      const to = this.#to[slot] as number
      let found = bits[slot] as number
      for (let at = this.#from[slot] as number; at < to; at++) {
        const number = this.#numbers[at] as number
        if (isKnown[number] === 0) {
          isKnown[number] = 1
          byNumber[number] = bitsOf(this.#terms[number] as Term)
        }
        found |= byNumber[number] as number
      }
      bits[slot] = found
    }
  }

  #read(traces: TraceTable, slots: readonly number[]): void {
    const found = new Map<string, Set<number>>()
    const numbersOf = (traceId: string) => {
      const numbers = found.get(traceId) ?? new Set()
      found.set(traceId, numbers)
      return numbers
    }
    const withSegments = slots.filter((slot) => traces.segments(slot) > 0)
    const withItems = slots.filter((slot) => traces.items(slot) > 0)
    const idsOf = (some: readonly number[]) => JSON.stringify(some.map((slot) => traces.traceId(slot)))
    if (withSegments.length > 0) {
      for (const { traceId, document } of this.#segments.iterate(idsOf(withSegments))) {
        const numbers = numbersOf(traceId)
        try {
          eachAttribute(document, (name, value) => this.#add(numbers, name, value))
        } catch {
          // One document that cannot be read, as of an earlier version, must not keep all others from being found.
        }
      }
    }
    if (withItems.length > 0) {
      for (const { traceId, messages } of this.#occurrences.iterate(idsOf(withItems))) {
        this.#add(numbersOf(traceId), '', messages)
      }
    }
    for (const slot of slots) this.#put(slot, traces.revision(slot), found.get(traces.traceId(slot)))
  }

  #put(slot: number, revision: number, numbers: ReadonlySet<number> = new Set()): void {
    this.#dead += (this.#to[slot] as number) - (this.#from[slot] as number)
    while (this.#length + numbers.size > this.#numbers.length) {
      const more = new Uint32Array(2 * this.#numbers.length)
      more.set(this.#numbers)
      this.#numbers = more
    }
    this.#from[slot] = this.#length
    for (const number of numbers) this.#numbers[this.#length++] = number
    this.#to[slot] = this.#length
    this.#revisions[slot] = revision
  }

  #add(numbers: Set<number>, name: string, value: Term['value']): void {
    const key = `${name}\0${typeof value === 'string' ? '' : '\0'}${value}`
    const known = this.#numberOf.get(key)
    if (known !== undefined) numbers.add(known)
    else if (this.#terms.length < MAX_TERMS) {
      numbers.add(this.#terms.length)
      this.#numberOf.set(key, this.#terms.length)
      this.#terms.push({ name, value })
    }
  }

  #clear(): void {
    this.#revisions = new Uint32Array(0)
    this.#from = new Uint32Array(0)
    this.#to = new Uint32Array(0)
    this.#length = 0
    this.#dead = 0
    this.#terms = []
    this.#numberOf = new Map()
  }

  #growSlots(size: number): void {
    if (size <= this.#revisions.length) return
    const grown = (values: Uint32Array<ArrayBuffer>) => {
      const more = new Uint32Array(2 * size)
      more.set(values)
      return more
    }
    this.#revisions = grown(this.#revisions)
    this.#from = grown(this.#from)
    this.#to = grown(this.#to)
  }
}

/** Annotations by their key, metadata by namespace and key with a dot in between; of all parts of a segment. */
function eachAttribute(document: string, add: (name: string, value: Term['value']) => void): void {
  for (const part of partsOf(document)) {
    for (const fields of [part.annotations, part.metadata]) {
      if (!isObject(fields)) continue
      for (const [name, value] of Object.entries(fields)) flatten(name, value as Attribute, 0, add)
    }
  }
}
