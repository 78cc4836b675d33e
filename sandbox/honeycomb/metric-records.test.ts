import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../tests/harness/random.ts'
import { randomMetrics } from '../../tests/harness/random-metrics.ts'
import { scaled } from '../../tests/harness/scale.ts'
import { metricsRequest } from '../../tests/harness/sent-metrics.ts'
import { FormatError } from './fields.ts'
import { countProtobufMetrics, METRICS_REQUEST, metricsOf } from './metric-records.ts'
import { decodeProtobuf } from './otlp-schema.ts'

const METRICS = randomMetrics(createRandom(1), 1_800_000_000_000).map((metric) => ({
  ...metric,
  points: metric.points.slice(0, 6),
}))
const read = (body: Buffer) => metricsOf(decodeProtobuf(METRICS_REQUEST, body, 0, Number))
const counted = (metrics: ReturnType<typeof read>) =>
  metrics.map(({ name, kind, unit, points }) => ({ name, kind, unit, points: points.length }))
/** Everything that a point of this kind may have, as it is written in JSON. */
const inJson = (kind: string, dataPoint: object, more: object = {}) =>
  metricsOf({
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'm', [kind]: { dataPoints: [dataPoint], ...more } }] }] },
    ],
  })[0]

describe('metrics of a request', () => {
  test('are the same from protobuf and from JSON', () => {
    const fromJson = metricsOf(JSON.parse(Buffer.from(metricsRequest(METRICS, 'json')).toString()))
    expect(read(Buffer.from(metricsRequest(METRICS, 'protobuf')))).toEqual(fromJson)
    expect(new Set(fromJson.map(({ kind }) => kind)).size).toBe(5)
  })

  test('protobuf that is accepted can be read, whatever its bytes, and has as many points as were counted', () => {
    const body = Buffer.from(metricsRequest(METRICS, 'protobuf'))
    let accepted = 0
    const changes = fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(changes, (bytes) => {
        const changed = Buffer.from(body)
        for (const [at, byte] of bytes) changed[at] = byte
        let expected: ReturnType<typeof countProtobufMetrics>
        try {
          expected = countProtobufMetrics(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
          return
        }
        accepted++
        expect(counted(read(changed))).toEqual(expected)
      }),
      { numRuns: scaled(300, 10_000), seed: 1 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('JSON: numbers as text, enums by name, what is not a number, hex ids, and fields that are not known', () => {
    const traceId = 'AB'.repeat(16)
    const exemplars = [
      {
        timeUnixNano: '1763800000123456000',
        asInt: '7',
        traceId,
        spanId: 'cd'.repeat(8),
        filteredAttributes: [],
      },
      { timeUnixNano: 1763800000000000000, asDouble: 'Infinity', traceId: '0'.repeat(32) },
    ]
    const temporality = { aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA', isMonotonic: true }
    const sum = inJson('sum', { asDouble: 'NaN', flags: 3, exemplars, future: [1] }, temporality)
    expect(sum).toMatchObject({ temporality: 'delta', isMonotonic: true })
    expect(sum?.points[0]?.point).toMatchObject({
      value: Number.NaN,
      isMissing: true,
      exemplars: [
        { atMs: 1763800000123.456, value: 7, traceId: traceId.toLowerCase(), spanId: 'cd'.repeat(8) },
        { atMs: 1763800000000, value: Number.POSITIVE_INFINITY, traceId: '', spanId: '' },
      ],
    })
    expect(inJson('gauge', { asInt: '-9007199254740993' })?.points[0]?.point).toMatchObject({
      value: -9007199254740992,
    })
    // JavaScript writes NaN as null.
    expect(inJson('gauge', { asDouble: null })?.points[0]?.point).toMatchObject({ value: Number.NaN })
    const histogram = inJson('histogram', {
      count: '3',
      sum: '1.5',
      bucketCounts: ['1', 2],
      explicitBounds: ['0.5'],
    })
    expect(histogram).toMatchObject({ temporality: 'cumulative' })
    expect(histogram?.points[0]?.point).toMatchObject({
      count: 3,
      sum: 1.5,
      min: undefined,
      buckets: { counts: [1, 2] },
    })
  })

  test.each([
    ['a count too few', { explicitBounds: [1, 2], bucketCounts: [1, 2] }],
    ['bounds that do not ascend', { explicitBounds: [2, 1], bucketCounts: [1, 2, 3] }],
    ['a bound that is not a number', { explicitBounds: ['NaN'], bucketCounts: [1, 2] }],
    ['no bounds', { explicitBounds: [], bucketCounts: [6] }],
  ])('explicit buckets with %s are left out', (_what, buckets) => {
    expect(inJson('histogram', { count: 6, sum: 1, ...buckets })?.points[0]?.point).toMatchObject({
      ...{ count: 6, sum: 1 },
      buckets: { bounds: [], counts: [] },
    })
  })

  test.each([
    ['a scale that no SDK has', { scale: 21, positive: { offset: 0, bucketCounts: [1] } }],
    ['values that no number is as large as', { scale: 0, positive: { offset: 1_024, bucketCounts: [1] } }],
    ['values that are as small as zero', { scale: 0, negative: { offset: -1_076, bucketCounts: [1] } }],
  ])('exponential buckets with %s are left out', (_what, buckets) => {
    expect(
      inJson('exponentialHistogram', { count: 6, zeroCount: 5, ...buckets })?.points[0]?.point,
    ).toMatchObject({
      count: 6,
      buckets: { zeroCount: 0, positive: { counts: [] }, negative: { counts: [] } },
    })
  })

  test.each([
    { scale: -10, offset: 0 },
    { scale: -10, offset: -2 },
    { scale: 0, offset: 1_023 },
    { scale: 20, offset: 1_024 * 2 ** 20 - 1 },
  ])('exponential buckets at the ends of the numbers are kept: %o', ({ scale, offset }) => {
    const point = inJson('exponentialHistogram', { scale, positive: { offset, bucketCounts: ['4'] } })
      ?.points[0]?.point
    expect(point).toMatchObject({ buckets: { scale, positive: { offset, counts: [4] } } })
  })
})
