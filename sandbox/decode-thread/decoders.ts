import { decodeLogs, decodeMetrics, decodeSpans } from '../honeycomb/decode-export.ts'
import type { ExportBody } from '../honeycomb/otlp-body.ts'
import { countJsonRecords, countProtobufRecords } from '../honeycomb/record-count.ts'
import { decodeItem } from '../rollbar/decode-item.ts'
import { decodePutTraceSegments, decodeSpansForXRay } from '../xray/decode-segments.ts'
import type { DecodedInBatches } from './decoded.ts'

/** What bodies are decoded to. A large body is decoded by the same function in the decode thread. */
export const DECODERS = {
  spans: decodeSpans,
  logs: decodeLogs,
  metrics: decodeMetrics,
  'spans for X-Ray': decodeSpansForXRay,
  PutTraceSegments: decodePutTraceSegments,
  item: decodeItem,
} as const

export type DecoderName = keyof typeof DECODERS
export type InputOf<Name extends DecoderName> = Parameters<(typeof DECODERS)[Name]>[0]
export type RowOf<Name extends DecoderName> = ReturnType<(typeof DECODERS)[Name]>['rows'][number]
export type FactsOf<Name extends DecoderName> = ReturnType<(typeof DECODERS)[Name]>['facts']
/** Called once with what a body is decoded to. */
export type Take<Name extends DecoderName, Result> = (
  decoded: DecodedInBatches<RowOf<Name>, FactsOf<Name>>,
) => Promise<Result>

const countRecords = ({ encoding, body }: ExportBody, max: number): number =>
  encoding === 'json' ? countJsonRecords(body, max) : countProtobufRecords(body, max)

/**
 * How many records a body has, counted until there are more than `max`. To decode a record, even an empty one, takes about
 * as long as 100 bytes of attributes. Bodies without a counter here have few records.
 */
export const RECORD_COUNTERS: {
  readonly [Name in DecoderName]?: (input: InputOf<Name>, max: number) => number
} = { spans: countRecords, logs: countRecords, metrics: countRecords, 'spans for X-Ray': countRecords }
