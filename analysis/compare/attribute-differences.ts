import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { recordOf } from '../trace/occurrence.ts'
import type { PathLens } from './path-spans.ts'

/** An attribute that two traces do not share. Undefined where a trace does not have it. */
export interface AttributeDifference {
  readonly name: string
  readonly a: string | undefined
  readonly b: string | undefined
}

export interface AttributeDifferences {
  readonly different: readonly AttributeDifference[]
  /** How many attributes are the same. */
  readonly same: number
}

/** Characters */
const MAX_VALUE = 300
const MAX_DEPTH = 4

/** Compares the attributes of two spans or segments, by their ids. */
export function rootDifferences(
  lens: PathLens,
  a: readonly [trace: TraceLenses, id: string],
  b: readonly [trace: TraceLenses, id: string],
): AttributeDifferences {
  return between(attributesOf(lens, ...a), attributesOf(lens, ...b))
}

/**
 * Compares the resources of each service, all of its processes together. Names have the service before them where there is
 * more than one.
 */
export function resourceDifferences(a: TraceLenses, b: TraceLenses): AttributeDifferences {
  const [inA, inB] = [resourcesOf(a), resourcesOf(b)]
  const shared = [...inA.keys()].filter((service) => inB.has(service))
  const found = shared.map((service) => {
    const { different, same } = between(inA.get(service) ?? new Map(), inB.get(service) ?? new Map())
    const named = different.map(({ name, ...values }) => ({
      name: shared.length > 1 ? `${service}: ${name}` : name,
      ...values,
    }))
    return { different: named, same }
  })
  return {
    different: found.flatMap(({ different }) => different),
    same: found.reduce((sum, { same }) => sum + same, 0),
  }
}

type Values = ReadonlyMap<string, string>

function between(a: Values, b: Values): AttributeDifferences {
  const names = [...new Set([...a.keys(), ...b.keys()])].toSorted()
  const different = names.flatMap((name) =>
    a.get(name) === b.get(name) ? [] : [{ name, a: shown(a.get(name)), b: shown(b.get(name)) }],
  )
  return { different, same: names.length - different.length }
}

function shown(value: string | undefined): string | undefined {
  return value && value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value
}

/** Of a segment: its fields without times, ids and metadata, flattened to names like `http.response.status`. */
function attributesOf(lens: PathLens, trace: TraceLenses, id: string): Values {
  if (lens === 'honeycomb') {
    const span = trace.spans.find((record) => record.id === id)
    return flattened(span?.attributes ?? {}, 1)
  }
  const segment = trace.segments.find((record) => record.id === id)
  const { id: _, trace_id, parent_id, start_time, end_time, metadata, ...fields } = segment?.fields ?? {}
  return flattened(fields, MAX_DEPTH)
}

function flattened(
  value: Readonly<Record<string, unknown>>,
  depth: number,
  before = '',
): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, inner] of Object.entries(value)) {
    const nested = depth > 1 ? Object.keys(recordOf(inner)).length > 0 : false
    if (nested) {
      for (const [key, text] of flattened(recordOf(inner), depth - 1, `${before}${name}.`))
        values.set(key, text)
    } else values.set(`${before}${name}`, typeof inner === 'string' ? inner : (JSON.stringify(inner) ?? ''))
  }
  return values
}

/** For each service the values of its resources' attributes. Several values of one attribute are listed. */
function resourcesOf({ spans, resources }: TraceLenses): Map<string, Values> {
  const numbers = new Map<string, Set<number>>()
  for (const { service, resource } of spans)
    numbers.set(service, (numbers.get(service) ?? new Set()).add(resource))
  return new Map(
    [...numbers].map(([service, found]) => {
      const sets = new Map<string, Set<string>>()
      for (const number of found)
        for (const [name, value] of flattened(resources[number] ?? {}, 1))
          sets.set(name, (sets.get(name) ?? new Set()).add(value))
      return [service, new Map([...sets].map(([name, values]) => [name, [...values].toSorted().join(', ')]))]
    }),
  )
}
