/** Shorter texts are shown as they are. Characters */
const LONG = 60
/** Of the common beginning, before and after what is left out. Characters */
const [HEAD, TAIL] = [24, 12]

/**
 * Long texts as a table can show them in one line. What a text has in common with the beginning of another is shortened,
 * so that the part in which they differ is not cut off: `select uuid, handle … where handle = $1`.
 */
export function shortTexts(texts: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(texts)].filter(({ length }) => length > LONG).toSorted()
  return new Map(
    sorted.map((text, index) => {
      // In their order, one of the two neighbours has the longest common beginning.
      const neighbours = [sorted[index - 1] ?? '', sorted[index + 1] ?? '']
      return [text, withoutBeginning(text, Math.max(...neighbours.map((other) => common(text, other))))]
    }),
  )
}

function common(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

/** Without the middle of the first `length` characters; cut between words where there are any. */
function withoutBeginning(text: string, length: number): string {
  if (length < LONG) return text
  const word = text.lastIndexOf(' ', HEAD)
  const from = text.indexOf(' ', length - TAIL)
  const start = from >= 0 && from <= length ? from + 1 : length - TAIL
  return `${text.slice(0, word > 0 ? word : HEAD)} … ${text.slice(start)}`
}
