import { z } from 'zod'

const HEADER = z.looseObject({
  format: z.string().refine((format) => format.toLowerCase() === 'json', 'is not json'),
  version: z.literal(1, { error: 'is not 1' }),
})

export type Datagram = { readonly document: string } | { readonly drop: string }

/**
 * Splits a datagram into its header line, `{"format": "json", "version": 1}` in any order and spacing, and one segment
 * document. Returns the reason why it is dropped, or undefined for an empty one, which the daemon ignores.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
 */
export function readDatagram(text: string): Datagram | undefined {
  if (text.length === 0) return undefined
  const end = text.indexOf('\n')
  if (end < 0) return { drop: 'a datagram without a header line' }
  let json: unknown
  try {
    json = readHeader(text.slice(0, end))
  } catch {
    return { drop: 'a datagram whose header is not JSON' }
  }
  const header = HEADER.safeParse(json)
  if (!header.success) {
    const issue = header.error.issues[0]
    return { drop: `a datagram whose header's ${issue?.path.join('.') || 'value'} ${issue?.message}` }
  }
  const document = text.slice(end + 1)
  return document.trim() === '' ? { drop: 'a datagram without a document' } : { document }
}

/** Reads it as Go reads a struct: keys in any case, and no `1.0` for an integer. */
function readHeader(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const header = Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]))
  return header.version === 1 && !/"version"\s*:\s*1\s*[,}]/i.test(text)
    ? { ...header, version: text }
    : header
}
