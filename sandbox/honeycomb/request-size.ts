import { HEAP_SHARE } from '../decode-thread/heap-limit.ts'
import { HttpError } from '../http/answer.ts'
import { LARGE_BYTES } from '../http/byte-budget.ts'
import { countJsonValues } from './json-size.ts'
import { METRICS_REQUEST } from './metric-records.ts'
import { countProtobufValues, RECORD_VALUES } from './protobuf-size.ts'

/**
 * Values that a request may have: objects and fields, such as attributes, exemplars and buckets, and 16 more for each record.
 * A value can be two bytes in a request, and a hundred in memory. 20 MiB of an SDK's JSON have less than this, which is
 * seven bytes for each.
 */
const MAX_VALUES = 3_000_000 * HEAP_SHARE
/** A value of metrics in protobuf takes more: all of a request is decoded at once. SDKs send some thousands. */
const MAX_METRIC_VALUES = 1_000_000 * HEAP_SHARE

/**
 * Throws an HttpError (413) for a request, which is a `message`, that would need too much memory or time when it is read,
 * before anything of it is decoded. Invalid requests pass: decoding rejects them.
 */
export function checkRequestSize(message: string, body: Buffer, isJson: boolean): void {
  // A smaller one has no room for too many.
  if (body.byteLength <= LARGE_BYTES) return
  const max = !isJson && message === METRICS_REQUEST ? MAX_METRIC_VALUES : MAX_VALUES
  const count = isJson ? countJsonValues(body, max) : countProtobufValues(message, body, max)
  if (count <= max) return
  throw new HttpError(
    413,
    `a request may have at most ${Math.floor(max).toLocaleString('en')} records, attributes and other fields together, where a record counts as ${RECORD_VALUES + 1}: send it in parts`,
  )
}

/**
 * Records are stored with their resource and scope. One large resource with many small records would so become thousands
 * of times as large.
 */
const MAX_STORED_BYTES = 64 * 1024 * 1024

export type SizeBound = ReturnType<typeof createSizeBound>

/** Adds up the bytes that are stored of one request. `add` throws an HttpError (413) beyond 64 MiB. */
export function createSizeBound(maxBytes = MAX_STORED_BYTES) {
  let left = maxBytes
  return {
    add(bytes: number): void {
      left -= bytes
      if (left >= 0) return
      throw new HttpError(
        413,
        `the records of a request, each with its resource and scope, may take at most ${maxBytes} bytes: send it in parts, or with smaller resources`,
      )
    },
  }
}
