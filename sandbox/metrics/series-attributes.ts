import type { Attribute } from '../../contracts/sandbox/trace.ts'

/**
 * Attributes of a resource, which many time series share, and those of a point, which win. A copy for each time series
 * would take most of the memory of a metric with many of them.
 */
export class SeriesAttributes implements ReadonlyMap<string, string> {
  readonly resource: ReadonlyMap<string, string>
  readonly own: ReadonlyMap<string, string>

  constructor(resource: ReadonlyMap<string, string>, own: ReadonlyMap<string, string>) {
    this.resource = resource
    this.own = own
  }

  get size(): number {
    let size = this.resource.size
    for (const name of this.own.keys()) if (!this.resource.has(name)) size++
    return size
  }

  get(name: string): string | undefined {
    return this.own.get(name) ?? this.resource.get(name)
  }

  has(name: string): boolean {
    return this.own.has(name) || this.resource.has(name)
  }

  *entries(): MapIterator<[string, string]> {
    yield* this.own
    for (const entry of this.resource) if (!this.own.has(entry[0])) yield entry
  }

  *keys(): MapIterator<string> {
    for (const [name] of this.entries()) yield name
  }

  *values(): MapIterator<string> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }

  forEach(call: (value: string, name: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [name, value] of this) call(value, name, this)
  }
}

/** A question names an attribute in as many characters. */
const MAX_NAME_LENGTH = 300
/** Longer values are held, compared and answered without their end. Characters */
const MAX_VALUE_LENGTH = 1_000

/** What is held of attributes: bounded in length, so that answers are. */
export function bounded(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let isShort = true
  for (const [name, value] of texts) {
    if (name.length > MAX_NAME_LENGTH || value.length > MAX_VALUE_LENGTH) isShort = false
  }
  if (isShort) return texts
  return new Map(
    [...texts]
      .filter(([name]) => name.length <= MAX_NAME_LENGTH)
      .map(([name, value]) => [name, value.slice(0, MAX_VALUE_LENGTH)]),
  )
}

/** In the order of their names, so that equal attributes are equal however they were sent. */
export function toTexts(attributes: Readonly<Record<string, Attribute>>): Map<string, string> {
  const names = Object.keys(attributes)
  if (names.length > 1) names.sort()
  return new Map(names.map((name) => [name, textOf(attributes[name])]))
}

/** Lists and maps as JSON, bytes in base64; empty for a value that was not sent. */
function textOf(value: Attribute | undefined): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  return 'bytesValue' in value && typeof value.bytesValue === 'string'
    ? value.bytesValue
    : JSON.stringify(value)
}

/** Different for different attributes, whatever characters they have. */
export function keyOf(texts: ReadonlyMap<string, string>): string {
  let key = ''
  for (const [name, value] of texts) key += `${name.length}:${name}${value.length}:${value}`
  return key
}
