/** How often each code occurs. */
export function countCodes(codes: Uint32Array, size: number): Uint32Array {
  const counts = new Uint32Array(size)
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] as number
    counts[code] = (counts[code] as number) + 1
  }
  return counts
}

/** The codes that occur, without 0, which stands for no value. */
export function presentCodes(counts: Uint32Array): Uint32Array {
  const found = new Uint32Array(counts.length)
  let length = 0
  for (let code = 1; code < counts.length; code++) if (counts[code] !== 0) found[length++] = code
  return found.subarray(0, length)
}

/** The codes with the highest scores, the highest first. Does not sort all of them: a column of ids has as many codes as events. */
export function highest(codes: Uint32Array, scores: Uint32Array | Float64Array, most: number): number[] {
  const best: number[] = []
  let least = Number.NEGATIVE_INFINITY
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number
    const score = scores[code] as number
    if (best.length === most && score <= least) continue
    const place = best.findIndex((other) => (scores[other] as number) < score)
    best.splice(place < 0 ? best.length : place, 0, code)
    if (best.length > most) best.pop()
    least = scores[best.at(-1) as number] as number
  }
  return best
}
