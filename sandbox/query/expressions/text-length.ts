/** Unicode code points; a lone surrogate counts as one. */
export function codePointsOf(text: string): number {
  let pairs = 0
  for (let index = 0; index < text.length - 1; index++) {
    if (isHigh(text.charCodeAt(index)) && isLow(text.charCodeAt(index + 1))) pairs++
  }
  return text.length - pairs
}

/** Bytes in UTF-8; a lone surrogate has three, those of the replacement character. */
export function utf8BytesOf(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    const isPair = isHigh(unit) && isLow(text.charCodeAt(index + 1))
    // A pair of two units has four bytes.
    bytes += unit < 0x800 ? 1 : 2
    if (isPair) index++
  }
  return bytes
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
