type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A segment document and all its subsegments, without recursion, because they may be nested deeper than the stack. */
export function partsOf(document: string): readonly Json[] {
  const parts: Json[] = []
  const waiting = [JSON.parse(document) as unknown]
  for (const part of waiting) {
    if (!isObject(part)) continue
    parts.push(part)
    if (Array.isArray(part.subsegments)) for (const child of part.subsegments) waiting.push(child)
  }
  return parts
}
