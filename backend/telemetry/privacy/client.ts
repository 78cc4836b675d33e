import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { PrivacyOptions } from '../options.ts'
import { redactUrl } from './redaction.ts'

/**
 * What may be recorded of a client's IP address; undefined for nothing, and for a text that is no address. The text may
 * have a port, as some proxies write it. Loopback addresses are no person's.
 */
export function recordedAddress(
  text: string | undefined,
  how: PrivacyOptions['clientAddress'],
): string | undefined {
  const address = addressIn(text?.trim() ?? '')
  if (!address || how === 'none') return undefined
  if (how === 'full' || isLoopback(address)) return address
  if (isIP(address) === 4) return withoutLastByte(address)
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? []
  return mapped ? `::ffff:${withoutLastByte(mapped)}` : firstThreeGroups(address)
}

/** The address in `192.0.2.1:4711` or `[2001:db8::1]:4711`, without the zone of an IPv6 address. */
function addressIn(text: string): string | undefined {
  // Most are, and isIP is faster than the patterns.
  if (isIP(text) !== 0 && !text.includes('%')) return text
  const [, inBrackets] = /^\[(.+)\](?::\d+)?$/.exec(text) ?? []
  const [, beforePort] = /^([\d.]+):\d+$/.exec(text) ?? []
  const [address = ''] = (inBrackets ?? beforePort ?? text).split('%', 1)
  return isIP(address) === 0 ? undefined : address
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address)
}

function withoutLastByte(ipv4: string): string {
  return ipv4.replace(/\d+$/, '0')
}

/** The first 48 bits, which are what a customer of a provider usually gets. */
function firstThreeGroups(ipv6: string): string {
  // The URL parser writes an address in its one canonical form, in brackets.
  const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical(ipv6).split('::')
  const groups = head.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ?? '').split(':')]
  return canonical(`${all.slice(0, 3).join(':')}::`)
}

/** Headers that hold no secrets and no person. An allow-list, because headers with secrets have any name. */
const RECORDED_HEADERS = [
  'accept',
  'accept-language',
  'content-length',
  'content-type',
  'host',
  'referer',
  'traceparent',
  'user-agent',
  'x-amzn-trace-id',
]

/** The headers of a request that an error report may have. */
export function recordedHeaders(
  headers: IncomingHttpHeaders,
  { userAgent, referrer }: PrivacyOptions,
  allowedQueryParameters: ReadonlySet<string>,
): Record<string, string> {
  const record = (name: string, value: string): string | undefined => {
    if (name === 'user-agent') return userAgent ? value : undefined
    if (name === 'referer') return recordedReferrer(value, referrer, allowedQueryParameters)
    return value
  }
  const recorded = RECORDED_HEADERS.flatMap((name) => {
    const value = headers[name]
    const text = typeof value === 'string' ? record(name, value) : undefined
    return text === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries(recorded)
}

function recordedReferrer(
  text: string,
  how: PrivacyOptions['referrer'],
  allowedQueryParameters: ReadonlySet<string>,
): string | undefined {
  if (how === 'path') return redactUrl(text, allowedQueryParameters)
  if (how === 'none' || !URL.canParse(text)) return undefined
  const { origin } = new URL(text)
  return origin === 'null' ? undefined : `${origin}/`
}
