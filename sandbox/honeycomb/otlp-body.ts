import { HttpError } from '../http/answer.ts'
import type { MetricRow } from '../store/datasets.ts'
import { FormatError, type Message, messageOf } from './fields.ts'
import { countProtobufMetrics, METRICS_REQUEST, metricsOf } from './metric-records.ts'
import { decodeProtobuf } from './otlp-schema.ts'
import { checkRequestSize } from './request-size.ts'
import { type Split, splitJson, splitProtobuf } from './split-traces.ts'

/** Honeycomb's words for it. */
export const PARSE_FAILED = 'failed to parse OTLP request body'
const MAX_REASON_LENGTH = 200

/** The decompressed bytes of an export request. */
export interface ExportBody {
  readonly encoding: 'protobuf' | 'json'
  readonly body: Buffer
}

/**
 * Decodes the body and reads it. Throws an HttpError: 400 with the reason where the body is not OTLP, 413 where it would
 * take too much memory. Any other error is the sandbox's own and passes through.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function readExport<Result>(
  { encoding, body }: ExportBody,
  message: string,
  read: (request: Message) => Result,
): Result {
  checkRequestSize(message, body, encoding === 'json')
  return withParseErrors(() =>
    read(encoding === 'json' ? jsonMessageOf(body) : decodeProtobuf(message, body)),
  )
}

/** The spans of the body by trace, as the store keeps them. Throws as `readExport` does. */
export function splitExport({ encoding, body }: ExportBody): Split {
  checkRequestSize('ExportTraceServiceRequest', body, encoding === 'json')
  return withParseErrors(() => (encoding === 'json' ? splitJson(jsonMessageOf(body)) : splitProtobuf(body)))
}

/**
 * The number of data points of each metric in the body, all of which has been decoded. Throws as `readExport` does.
 */
export function countExport({ encoding, body }: ExportBody): Omit<MetricRow, 'dataset'>[] {
  checkRequestSize(METRICS_REQUEST, body, encoding === 'json')
  return withParseErrors(() =>
    encoding === 'json'
      ? metricsOf(jsonMessageOf(body)).map(({ name, kind, unit, points }) => ({
          ...{ name, kind, unit },
          points: points.length,
        }))
      : countProtobufMetrics(body),
  )
}

function jsonMessageOf(body: Buffer): Message {
  const value = parseJson(body)
  if (value === null) throw new FormatError('an object is expected')
  return messageOf(value)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new FormatError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function withParseErrors<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const reason = error.message.slice(0, MAX_REASON_LENGTH)
    throw new HttpError(400, `${PARSE_FAILED}: ${reason}`, { cause: error })
  }
}
