import type { IncomingHttpHeaders } from 'node:http'

/** The request's API key; empty without one. */
export function keyIn(headers: IncomingHttpHeaders): string {
  return String(headers['x-honeycomb-team'] ?? '').trim()
}

/**
 * Whether this is a key of Honeycomb Classic, which has no environments and takes the dataset from a header.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/common.go
 */
export function isClassicKey(key: string): boolean {
  return /^[0-9a-f]{32}$/.test(key) || /^hc[a-z]ic_[0-9a-z]{58}$/.test(key)
}
