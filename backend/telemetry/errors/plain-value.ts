/** Bounds of a copy. What exceeds them is left out. */
const MAX_DEPTH = 6
const MAX_VALUES = 1_000
const MAX_TEXT = 10_000

const UNREADABLE = '[unreadable]'

/**
 * A copy of any value that JSON can hold: bounded and without cycles. Parts that cannot be read (a getter or `toJSON` that
 * throws, a revoked proxy) become `[unreadable]`. `copyOfError` makes the copies of errors; by default their text. Never
 * throws.
 */
export function plainValue(value: unknown, copyOfError: (error: Error) => unknown = String): unknown {
  let remaining = MAX_VALUES
  const copy = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return cut(part, MAX_TEXT)
    if (part === undefined || part === null || typeof part === 'number' || typeof part === 'boolean')
      return part
    if (typeof part !== 'object') return cut(String(part), MAX_TEXT)
    if (depth >= MAX_DEPTH || remaining <= 0) return '…'
    if (ArrayBuffer.isView(part)) return `[${part.byteLength} bytes]`
    const { toJSON } = part as { toJSON?: unknown }
    if (typeof toJSON === 'function') return copy(toJSON.call(part), depth + 1)
    if (part instanceof Error) return copyOfError(part)
    const entries = Object.keys(part).flatMap((key) => {
      if (remaining-- <= 0) return []
      return [[key, attempt(() => copy((part as Record<string, unknown>)[key], depth + 1))] as const]
    })
    return Array.isArray(part) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
  }
  const attempt = (read: () => unknown): unknown => {
    try {
      return read()
    } catch {
      return UNREADABLE
    }
  }
  return attempt(() => copy(value, 0))
}

/** At most `max` UTF-16 code units of a text, the last of them `…`. No surrogate pair is cut in two. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
