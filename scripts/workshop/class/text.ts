/** `{` and what follows it in an export: where UTF-8 begins again behind UTF-16 text in a pipe. */
const BRACE = 0x7b
const AFTER_BRACE = new Set([0x0a, 0x0d, 0x20, 0x22])

/**
 * The text of a file, or of several files one after another: UTF-8 with or without a byte order mark, and UTF-16 with
 * one, as `>` of Windows PowerShell writes it. The bytes of a mark occur nowhere in UTF-8.
 */
export function decode(bytes: Buffer): string {
  const parts: string[] = []
  let position = 0
  while (position < bytes.length) {
    const mark = nextMark(bytes, position)
    parts.push(bytes.toString('utf8', position, mark))
    position = mark
    if (mark < bytes.length) {
      const end = endOfUtf16(bytes, mark + 2)
      parts.push(decodeUtf16(bytes.subarray(mark + 2, end), bytes[mark] === 0xfe))
      position = end
    }
  }
  return parts.join('\n').replaceAll('\ufeff', '')
}

function isMark(bytes: Buffer, at: number): boolean {
  const [a, b] = [bytes[at], bytes[at + 1]]
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)
}

function nextMark(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (isMark(bytes, at)) return at
  return bytes.length
}

function endOfUtf16(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 2) {
    const isUtf8 = bytes[at] === BRACE && AFTER_BRACE.has(bytes[at + 1] ?? 0)
    if (isUtf8 || isMark(bytes, at)) return at
  }
  return bytes.length
}

function decodeUtf16(bytes: Buffer, isBigEndian: boolean): string {
  if (!isBigEndian) return bytes.toString('utf16le')
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return Buffer.from(even).swap16().toString('utf16le')
}

/** How many combining marks a character may have: more would cover the lines above. */
const MARKS = /(\p{M}{2})\p{M}+/gu
/** Characters that are read at all of a name, which may be as long as its file. */
const MAX_READ = 1_000

/** Text from a file on one line of a terminal: without control characters, and at most this many characters long. */
export function printable(text: string, limit: number): string {
  const line = text
    .slice(0, MAX_READ)
    .normalize('NFC')
    .replaceAll(/[\p{Z}\s]+/gu, ' ')
    .replaceAll(/\p{C}/gu, '')
    .replaceAll(MARKS, '$1')
    .trim()
  const characters = [...line]
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line
}
