import { z } from 'zod'

const HEADER = z.looseObject({
  format: z.string().refine((format) => format.toLowerCase() === 'json', 'is not json'),
  version: z.literal(1, { error: 'is not 1' }),
})

export type Datagram = { readonly document: string } | { readonly drop: string }

/**
 * Takes a datagram apart: a header line `{"format": "json", "version": 1}`, its keys in any order and spacing, then
 * one segment document. Gives why it is dropped, or undefined for an empty one, which the daemon passes over in
 * silence.
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

/** As Go reads it into a struct: keys in any case, and an integer written as one. */
function readHeader(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const header = Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]))
  return header.version === 1 && !/"version"\s*:\s*1\s*[,}]/i.test(text)
    ? { ...header, version: text }
    : header
}
