/** Bounds of a copy. What exceeds them is left out, with a `…` in its place. */
const MAX_DEPTH = 8
const MAX_VALUES = 1_000
/** UTF-16 code units of one text, and of all texts and names. */
const MAX_TEXT = 30_000
const MAX_ALL_TEXT = 100_000

const LEFT_OUT = '…'
const UNREADABLE = '[unreadable]'

/** The form of an object in a copy; undefined for a copy of its fields. */
export type FormOf = (part: object) => unknown

/**
 * A copy of any value that JSON can hold: without cycles, and bounded to 1,000 values and 100,000 characters, so that it
 * takes little time and memory to write. Binary data becomes its length. Parts that cannot be read (a getter or `toJSON`
 * that throws, a revoked proxy) become `[unreadable]`. `formOf` gives some objects another form, at any depth, which is
 * copied too; by default errors become their text. Never throws.
 */
export function plainValue(value: unknown, formOf: FormOf = errorText): unknown {
  let values = MAX_VALUES
  let characters = MAX_ALL_TEXT

  function copyText(text: string): string {
    if (characters <= 0) return LEFT_OUT
    const kept = cut(text, Math.min(MAX_TEXT, characters))
    characters -= kept.length
    return kept
  }

  function copy(part: unknown, depth: number): unknown {
    if (typeof part === 'string') return copyText(part)
    if (typeof part === 'bigint')
      return Number.isSafeInteger(Number(part)) ? Number(part) : copyText(`${part}`)
    if (typeof part === 'symbol' || typeof part === 'function') return copyText(String(part))
    if (typeof part !== 'object' || part === null) return part
    if (depth >= MAX_DEPTH || isFull()) return LEFT_OUT
    if (ArrayBuffer.isView(part) || isBuffer(part)) return `[${part.byteLength} bytes]`
    const form = formOf(part)
    if (form !== undefined) return copy(form, depth + 1)
    const { toJSON } = part as { toJSON?: unknown }
    if (typeof toJSON === 'function') return copy(toJSON.call(part), depth + 1)
    return Array.isArray(part) ? copyArray(part, depth) : copyObject(part as Record<string, unknown>, depth)
  }

  function isFull(): boolean {
    return values <= 0 || characters <= 0
  }

  function copyArray(array: readonly unknown[], depth: number): unknown[] {
    const items: unknown[] = []
    while (items.length < array.length && !isFull()) {
      values--
      items.push(tryCopy(() => array[items.length], depth))
    }
    const more = array.length - items.length
    return more > 0 ? [...items, `${LEFT_OUT} ${more} more`] : items
  }

  function copyObject(object: Readonly<Record<string, unknown>>, depth: number): object {
    const names = Object.keys(object)
    const entries: [string, unknown][] = []
    let read = 0
    for (const name of names) {
      if (isFull()) break
      values--
      read++
      const copiedName = copyText(name)
      const field = tryCopy(() => object[name], depth)
      // JSON has no functions.
      if (field !== undefined) entries.push([copiedName, field])
    }
    if (read < names.length) entries.push([LEFT_OUT, `${names.length - read} more`])
    return Object.fromEntries(entries)
  }

  function tryCopy(read: () => unknown, depth: number): unknown {
    try {
      const part = read()
      return typeof part === 'function' ? undefined : copy(part, depth + 1)
    } catch {
      return UNREADABLE
    }
  }

  try {
    return copy(value, 0)
  } catch {
    return UNREADABLE
  }
}

function errorText(part: object): string | undefined {
  return part instanceof Error ? String(part) : undefined
}

function isBuffer(part: object): part is ArrayBufferLike {
  return part instanceof ArrayBuffer || part instanceof SharedArrayBuffer
}

/** At most `max` UTF-16 code units of a text, the last of them `…`. No surrogate pair is cut in two. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
