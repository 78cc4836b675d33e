import type { MetricKind } from '../../contracts/sandbox/metric-words.ts'
import type { Random } from './random.ts'
import { INSTRUMENTS, type Instrument } from './random-instruments.ts'
import type { SentMetric, SentPoint } from './sent-metrics.ts'

const RESOURCES = [
  { 'service.name': 'api', 'service.instance.id': 'a', region: 'eu' },
  { 'service.name': 'api', 'service.instance.id': 'b', region: 'us' },
  { 'service.name': 'profiles', region: 'eu' },
]
/** Metrics of every kind, temporality and monotonicity, whose points end at about `endMs` (a whole second). */
export function randomMetrics(random: Random, endMs: number): SentMetric[] {
  const shapes: readonly (Omit<SentMetric, 'name' | 'points'> & {
    readonly instrument: MetricKind | 'upDown'
  })[] = [
    { kind: 'gauge', instrument: 'gauge' },
    { kind: 'summary', instrument: 'summary' },
    ...(['delta', 'cumulative'] as const).flatMap((temporality) => [
      { kind: 'sum' as const, instrument: 'sum' as const, temporality, isMonotonic: true },
      { kind: 'sum' as const, instrument: 'upDown' as const, temporality, isMonotonic: false },
      { kind: 'histogram' as const, instrument: 'histogram' as const, temporality },
      { kind: 'exponentialHistogram' as const, instrument: 'exponentialHistogram' as const, temporality },
    ]),
  ]
  return shapes.map(({ instrument, ...shape }) => {
    const name = ['random', instrument, shape.temporality].filter(Boolean).join('.')
    const series = random
      .shuffled(
        RESOURCES.flatMap((resource) =>
          ['GET /a', 'GET /b', undefined].map((route) => ({
            resource,
            attributes: {
              ...(route && { route }),
              status: random.one([200, 404, 500]),
              ...(random.chance(0.2) && { region: 'own' }),
            },
          })),
        ),
      )
      .slice(0, random.between(1, 5))
    const histories = series.map((identity) =>
      history(random, INSTRUMENTS[instrument](random), shape, identity, endMs),
    )
    return { ...shape, name, points: arrivals(random, histories.flat()) }
  })
}

function history(
  random: Random,
  instrument: Instrument,
  { temporality, kind }: Pick<SentMetric, 'temporality' | 'kind'>,
  identity: Pick<SentPoint, 'resource' | 'attributes'>,
  endMs: number,
): SentPoint[] {
  const everyMs = random.one([5_000, 10_000, 15_000])
  const hasStart = random.chance(0.8)
  const points: SentPoint[] = []
  let timeMs = endMs - 600_000 + random.below(60_000)
  let startMs = random.chance(0.2) ? timeMs + everyMs : timeMs
  while (points.length < 40) {
    // Gaps, an exporter that is some milliseconds late, and now and then a time on the second.
    timeMs += random.chance(0.08) ? everyMs * random.between(2, 12) : everyMs + random.between(-40, 40)
    if (random.chance(0.2)) timeMs = Math.round(timeMs / 5_000) * 5_000
    if (timeMs >= endMs) return points
    const before = points.at(-1)
    if (before && timeMs <= before.timeMs) continue
    if (random.chance(0.06)) {
      instrument.clear()
      // A new start that is now and then that of the point before, or after it.
      startMs =
        before && random.chance(0.5) ? before.timeMs : random.between((before?.timeMs ?? startMs) + 1, timeMs)
    }
    instrument.record()
    const isMissing = random.chance(0.04)
    const counted = instrument.read()
    points.push({
      ...identity,
      ...counted,
      ...(isMissing && { isMissing }),
      timeMs,
      startMs: hasStart && kind !== 'gauge' && !random.chance(0.03) ? startMs : 0,
      ...(kind !== 'summary' && {
        exemplars: [{ atMs: timeMs, value: random.between(1, 1_000), traceId: traceIdOf(random) }],
      }),
    })
    if (temporality === 'delta') {
      instrument.clear()
      startMs = timeMs
    }
  }
  return points
}

function traceIdOf(random: Random): string {
  return Array.from({ length: 32 }, () => random.between(1, 15).toString(16)).join('')
}

/** The points in an order in which they may arrive: mostly by time, some late, some of them twice with another value. */
function arrivals(random: Random, points: readonly SentPoint[]): SentPoint[] {
  const again = points
    .filter(() => random.chance(0.05))
    .map((point) => ({ ...point, ...(point.value !== undefined && { value: point.value + 1 }) }))
  return [
    ...points.map((point) => ({ point, at: point.timeMs + (random.chance(0.1) ? 120_000 : 0) })),
    ...again.map((point) => ({ point, at: point.timeMs + 130_000 })),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ point }) => point)
}
