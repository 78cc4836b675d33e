import { decodeProtobuf, encodeProtobuf } from '../../sandbox/honeycomb/otlp-schema.ts'
import type { Cell } from './fault-cell.ts'
import type { Fault, TestProxy } from './proxy.ts'
import { scaled } from './scale.ts'

/** What telemetry can know and do about a fault. */
export type Consequence =
  /** Nothing fails, and no line is logged. */
  | 'none'
  /** Deliveries fail and are tried again: nothing is lost. */
  | 'delayed'
  /** The provider does not take what it is sent. */
  | 'refused'
  /** Some are rejected, and the answer says how many. */
  | 'partly refused'
  /** The provider has what it was sent, and its answer is cut: unconfirmed, or sent again where it recognises duplicates. */
  | 'unconfirmed'
  /** Of datagrams only: they vanish, and nothing tells the sender. */
  | 'unnoticed'

export interface FaultCase {
  readonly name: string
  readonly consequence: Consequence
  /** 'refused': the port is closed. */
  readonly fault: Fault | 'refused' | undefined
}

const PORTAL = '<!doctype html><title>Welcome</title><p>Sign in to use this network.</p>'

const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fault => ({
  status,
  body,
  headers,
})
const TEXT = { 'content-type': 'text/plain' }

/** The faults of HTTP that every provider can have. */
export const HTTP_FAULTS: readonly FaultCase[] = [
  { name: 'none', consequence: 'none', fault: undefined },
  { name: 'refused', consequence: 'delayed', fault: 'refused' },
  { name: 'black hole', consequence: 'delayed', fault: 'hang' },
  { name: '5 s slow', consequence: 'none', fault: { delayMs: 5_000 } },
  { name: 'reset in the body', consequence: 'unconfirmed', fault: { cut: 'reset' } },
  { name: 'FIN in the body', consequence: 'unconfirmed', fault: { cut: 'end' } },
  { name: '401', consequence: 'refused', fault: answer(401, '{"err":1,"message":"unknown key"}') },
  { name: '413', consequence: 'refused', fault: answer(413, 'too large', TEXT) },
  {
    name: '429 with Retry-After',
    consequence: 'delayed',
    fault: answer(429, '{"err":1,"message":"rate limit exceeded"}', { 'retry-after': '1' }),
  },
  { name: '500', consequence: 'refused', fault: answer(500, '{"err":1,"message":"internal error"}') },
  { name: '503 with JSON', consequence: 'delayed', fault: answer(503, '{"message":"try later"}') },
  { name: '503 without JSON', consequence: 'delayed', fault: answer(503, 'no healthy upstream', TEXT) },
  {
    name: 'garbage 200',
    consequence: 'refused',
    fault: answer(200, PORTAL, { 'content-type': 'text/html' }),
  },
  { name: '`null`', consequence: 'refused', fault: answer(200, 'null') },
]

export const OUTAGE: FaultCase = { name: '60 s outage', consequence: 'delayed', fault: 'refused' }

/** OTLP's receivers take all but one record of each request. */
export const PARTIAL_SUCCESS: FaultCase = {
  name: 'partial success',
  consequence: 'partly refused',
  // The path decides, so the fault is made for each request.
  fault: undefined,
}

/** The cell of a fault in front of an HTTP provider. */
export function httpCell(proxy: TestProxy, { name, consequence, fault }: FaultCase): Cell {
  return {
    fault: name,
    consequence,
    on: async () => {
      if (fault === 'refused') await proxy.refuse()
      else if (name === PARTIAL_SUCCESS.name) proxy.fault = (_method, path) => partialSuccess(path)
      else proxy.fault = () => fault
    },
    off: async () => {
      proxy.fault = () => undefined
      await proxy.accept()
    },
  }
}

/** All cases in the long run, those with these names in `npm test`. */
export function shortly(cases: readonly FaultCase[], ...names: readonly string[]): readonly FaultCase[] {
  return scaled(
    cases.filter(({ name }) => names.includes(name)),
    cases,
  )
}

const EXPORTS: Readonly<Record<string, readonly [message: string, ...lists: string[]]>> = {
  '/v1/traces': ['ExportTraceServiceRequest', 'resourceSpans', 'scopeSpans', 'spans'],
  '/v1/logs': ['ExportLogsServiceRequest', 'resourceLogs', 'scopeLogs', 'logRecords'],
  '/v1/metrics': ['ExportMetricsServiceRequest', 'resourceMetrics', 'scopeMetrics', 'metrics'],
}

type Message = Record<string, unknown>

/** Passes all records of an export on but the last, and answers as OTLP says that one was rejected. */
function partialSuccess(path: string): Fault | undefined {
  const [message = '', ...lists] = EXPORTS[path] ?? []
  if (message === '') return undefined
  return {
    accept(body) {
      const request = decodeProtobuf(message, body)
      let last: Message = request
      for (const list of lists.slice(0, -1)) last = (last[list] as Message[]).at(-1) as Message
      const removed = (last[lists.at(-1) ?? ''] as Message[]).pop() as Message
      const partial = { rejected: pointsOf(removed), errorMessage: 'the last one is too old' }
      return {
        passedOn: Buffer.from(encodeProtobuf(message, request)),
        answer: encodeProtobuf('ExportResponse', { partialSuccess: partial }),
      }
    },
  }
}

/** The data points of a metric, which OTLP counts; 1 for a span or a log record. */
function pointsOf(record: Message): number {
  for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']) {
    const points = (record[kind] as { dataPoints?: unknown[] } | undefined)?.dataPoints
    if (points) return points.length
  }
  return 1
}
