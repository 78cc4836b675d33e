import { addressOf, pathOf } from '../../../contracts/http-address.ts'
import type { Attribute } from '../../../contracts/sandbox/trace.ts'
import { serviceOf } from '../../honeycomb/records.ts'
import { fromPairs, type Pairs, SPAN_KINDS, toMilliseconds } from '../../query/events/otlp.ts'
import { resourceSpansOf } from '../../query/events/stored-chunk.ts'
import type { StoredSpans } from '../../store/spans.ts'
import { isObject } from '../segment-parts.ts'

/** The first of a trace's; a page load or a batch may have thousands. */
const MAX_WORK = 20
const SERVER = SPAN_KINDS.indexOf('SERVER')
/** STATUS_CODES */
const ERROR = 2

/** An HTTP request as a service answered it: a server span, or a segment with `http.request`. */
export interface ServerWork {
  /** The resource's service name; the segment's name. */
  readonly service: string
  /** Without port, lower case; empty if not recorded. */
  readonly host: string
  /** The segment has the name of the request's host, with or without port: X-Ray's dynamic naming. */
  readonly isNamedByHost: boolean
  /** Upper case. */
  readonly method: string
  /** Decoded, without query and trailing slash. */
  readonly path: string
  readonly status: number | null
  /** The span's status is ERROR; the segment has a fault. */
  readonly isFailed: boolean
  /** Epoch ms. */
  readonly startMs: number
  readonly endMs: number
}

// Attributes of the stable semantic conventions, and of those before them (opentelemetry-python's default).
const METHOD = ['http.request.method', 'http.method']
const PATH = ['url.path', 'http.target']
const URL_NAMES = ['url.full', 'http.url']
const HOST = ['http.host', 'server.address', 'net.host.name', 'http.server_name']
const STATUS = ['http.response.status_code', 'http.status_code']

/** The server spans of a trace, by start. A span without method or path is none. */
export function workOfSpans(chunks: readonly StoredSpans[]): ServerWork[] {
  const found: ServerWork[] = []
  for (const chunk of chunks) {
    for (const { attributes: resource, scopes } of resourceSpansOf(chunk)) {
      for (const { spans } of scopes) {
        for (const { kind, attributes, statusCode, start, end } of spans) {
          if (kind !== SERVER) continue
          const url = addressOf(textOf(attributes, URL_NAMES))
          const method = textOf(attributes, METHOD).toUpperCase()
          const path = pathOf(textOf(attributes, PATH)) || url.path
          if (!method || !path) continue
          found.push({
            service: serviceOf(fromPairs(resource)),
            host: hostOf(textOf(attributes, HOST)) || hostOf(url.host),
            isNamedByHost: false,
            method,
            path,
            status: toStatus(attributeValue(attributes, STATUS)),
            isFailed: statusCode === ERROR,
            startMs: toMilliseconds(start),
            endMs: toMilliseconds(end),
          })
        }
      }
    }
  }
  return firstByStart(found)
}

/** The segments of a trace that have ended and have a request, by start. Documents are as they were sent. */
export function workOfSegments(documents: readonly string[]): ServerWork[] {
  return firstByStart(documents.flatMap((document) => workOfSegment(JSON.parse(document)) ?? []))
}

/** Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-http */
function workOfSegment(segment: unknown): ServerWork | undefined {
  if (!isObject(segment) || segment.type === 'subsegment' || !isObject(segment.http)) return undefined
  const { name, http, start_time: startS, end_time: endS } = segment
  const { request, response } = http
  if (!isObject(request) || typeof name !== 'string') return undefined
  if (typeof startS !== 'number' || typeof endS !== 'number') return undefined
  const url = addressOf(typeof request.url === 'string' ? request.url : '')
  const method = typeof request.method === 'string' ? request.method.toUpperCase() : ''
  if (!method || !url.path) return undefined
  return {
    service: name,
    host: hostOf(url.host),
    isNamedByHost: url.host !== '' && [url.host, hostOf(url.host)].includes(name.toLowerCase()),
    method,
    path: url.path,
    status: toStatus(isObject(response) ? response.status : undefined),
    isFailed: segment.fault === true,
    startMs: startS * 1_000,
    endMs: endS * 1_000,
  }
}

function hostOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

function toStatus(value: unknown): number | null {
  const status = Number(value)
  return Number.isInteger(status) && status > 0 ? status : null
}

function textOf(attributes: Pairs, names: readonly string[]): string {
  const value = attributeValue(attributes, names)
  return typeof value === 'string' ? value : ''
}

/** The value of the first name that there is. */
function attributeValue(attributes: Pairs, names: readonly string[]): Attribute | undefined {
  for (const name of names) {
    for (let at = 0; at < attributes.length; at += 2) if (attributes[at] === name) return attributes[at + 1]
  }
  return undefined
}

function firstByStart(work: ServerWork[]): ServerWork[] {
  return work.sort((a, b) => a.startMs - b.startMs).slice(0, MAX_WORK)
}
