import { MAX_FILTER_DEPTH } from './xray-filter-words.ts'

/** Characters of the JSON array or object that a text begins with; undefined without its end, or if it is nested too deeply. */
export function jsonLength(text: string): number | undefined {
  let depth = 0
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (part === '{' || part === '[') depth++
    else if (part === '}' || part === ']') depth--
    if (depth > MAX_FILTER_DEPTH) return undefined
    if (depth === 0) return index + 1
  }
  return undefined
}
