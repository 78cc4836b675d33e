import { decodeLogs, decodeMetrics, decodeSpans } from '../honeycomb/decode-export.ts'
import { decodeItem } from '../rollbar/decode-item.ts'
import { decodePutTraceSegments, decodeSpansForXRay } from '../xray/decode-segments.ts'

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
