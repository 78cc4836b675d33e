/** How an export begins. No other object in an export has one of these keys first. */
const START = /\{\s*"(?:version|learner|chapters)"\s*:/g

/** An object of JSON, or the beginning of one that is not complete. */
export type FoundObject = { readonly value: unknown } | { readonly value?: never; readonly isBroken: true }

/**
 * The objects of JSON in a text: one after another, between other lines such as npm's, or in a list. An export that is cut
 * off does not hide the exports behind it. Takes time in proportion to the text, whatever is in it.
 */
export function findObjects(text: string): FoundObject[] {
  const starts = [...text.matchAll(START)].map(({ index }) => index)
  const before = objectsIn(text.slice(0, starts[0] ?? text.length)).filter((found) => 'value' in found)
  return [...before, ...starts.flatMap((start, index) => objectsIn(text.slice(start, starts[index + 1])))]
}

function objectsIn(text: string): FoundObject[] {
  const found: FoundObject[] = []
  let from = text.indexOf('{')
  while (from !== -1) {
    const end = endOfObject(text, from)
    const value = end === undefined ? undefined : parse(text.slice(from, end))
    if (end === undefined || value === undefined) {
      // Behind a complete object this is some other text with a brace.
      if (found.length === 0) found.push({ isBroken: true })
      break
    }
    found.push({ value })
    from = text.indexOf('{', end)
  }
  return found
}

/** Where the object that begins at `from` ends; undefined where it does not. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0
  let isInString = false
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (isInString) {
      if (character === '\\') at++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at + 1
  }
  return undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
