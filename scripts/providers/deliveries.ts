import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import { plainLine } from '../command-line/plain-line.ts'
import { describeMoment } from '../command-line/time.ts'

type Counts = Extract<TelemetryStream, { enabled: true }>

/** One kind of telemetry that a backend process sends. */
export interface Delivery {
  /** `Honeycomb spans`, `X-Ray segments`, … */
  readonly name: string
  readonly provider: 'honeycomb' | 'xray' | 'rollbar'
  readonly counts: Counts
}

/** What a process sends, in the order in which it is shown; without what is off. */
export function deliveriesOf({ providers, logs, metrics }: TelemetryHealth): Delivery[] {
  const streams: readonly (readonly [string, Delivery['provider'], TelemetryStream])[] = [
    ['Honeycomb spans', 'honeycomb', providers.honeycomb],
    ['Honeycomb logs', 'honeycomb', logs],
    ['Honeycomb metrics', 'honeycomb', metrics],
    ['X-Ray segments', 'xray', providers.xray],
    ['Rollbar errors', 'rollbar', providers.rollbar],
  ]
  return streams.flatMap(([name, provider, counts]) => (counts.enabled ? { name, provider, counts } : []))
}

/** Whether an answer was cut off. What X-Ray gets by UDP is never confirmed; what it gets by HTTP is accepted. */
export function isCutOff({ provider, counts }: Delivery): boolean {
  return counts.unconfirmed > 0 && (provider !== 'xray' || counts.accepted > 0)
}

/** Whether something has failed, or was lost, since the process started. */
export function hasNews({ counts: { failing, lastError, refused, dropped } }: Delivery): boolean {
  return failing || lastError !== undefined || refused + dropped > 0
}

/** ` (3 refused, 12 pending)`: what some deliveries have lost and, while they fail, what waits; empty for nothing. */
export function describeLosses(deliveries: readonly Delivery[]): string {
  const sum = (count: (delivery: Delivery) => number) =>
    deliveries.reduce((total, delivery) => total + count(delivery), 0)
  const numbers = [
    [sum(({ counts }) => counts.refused), 'refused'],
    [sum(({ counts }) => counts.dropped), 'dropped'],
    [sum((delivery) => (isCutOff(delivery) ? delivery.counts.unconfirmed : 0)), 'unconfirmed'],
    [sum(({ counts }) => (counts.failing ? counts.pending : 0)), 'pending'],
  ].filter(([count]) => count !== 0)
  return numbers.length > 0 ? ` (${numbers.map((one) => one.join(' ')).join(', ')})` : ''
}

/** `4 min ago, at 12:27:04 UTC: Honeycomb answered 503`: the latest error of some deliveries; undefined for none. */
export function describeLastError(deliveries: readonly Delivery[], nowMs?: number): string | undefined {
  const latest = deliveries
    .flatMap(({ counts }) => counts.lastError ?? [])
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(-1)
  return latest && plainLine(`${describeMoment(latest.at, nowMs)}: ${latest.message}`)
}

/** A process, and what became of its telemetry; null where that is unknown. */
interface Sender {
  readonly name: string
  readonly telemetry: TelemetryHealth | null
}

/** The deliveries of all processes that fail for one reason. */
export interface Failure {
  readonly processes: readonly string[]
  readonly deliveries: readonly Delivery[]
  /** Without a full stop: `api, Honeycomb spans, Honeycomb logs: delivery fails (3 refused, 12 pending)`. */
  readonly what: string
}

/** What fails at present: one failure for each distinct error, because a provider that is down stops many deliveries. */
export function findFailures(senders: readonly Sender[]): Failure[] {
  const failing = senders.flatMap(({ name, telemetry }) =>
    (telemetry ? deliveriesOf(telemetry) : [])
      .filter(({ counts }) => counts.failing)
      .map((delivery) => ({ process: name, delivery })),
  )
  const byError = Map.groupBy(failing, ({ delivery }) => delivery.counts.lastError?.message)
  return [...byError.values()].map((group) => {
    const byProcess = Map.groupBy(group, ({ process }) => process)
    const where = [...byProcess].map(([process, ones]) =>
      [process, ...ones.map(({ delivery }) => delivery.name)].join(', '),
    )
    const deliveries = group.map(({ delivery }) => delivery)
    return {
      processes: [...byProcess.keys()],
      deliveries,
      what: `${where.join('; ')}: delivery fails${describeLosses(deliveries)}`,
    }
  })
}

/** `32 X-Ray segments, 3 Honeycomb logs`: what the processes have lost since they started; undefined for nothing. */
export function describeLost(senders: readonly Sender[]): string | undefined {
  const deliveries = senders.flatMap(({ telemetry }) => (telemetry ? deliveriesOf(telemetry) : []))
  const lost = [...Map.groupBy(deliveries, ({ name }) => name)].flatMap(([name, group]) => {
    const count = group.reduce((sum, { counts }) => sum + counts.refused + counts.dropped, 0)
    return count > 0 ? `${count} ${name}` : []
  })
  return lost.length > 0 ? lost.join(', ') : undefined
}

/** A sentence without a full stop; undefined where the sampler has X-Ray's rules, or needs none. */
export function describeSamplerFailure({ sampler }: TelemetryHealth): string | undefined {
  const { name, fallback, failure } = sampler
  if (fallback) {
    return `sampler ${name}: no rules from X-Ray, falls back to 1/s and 5 %${failure ? `: ${failure}` : ''}`
  }
  return failure && `sampler ${name}: keeps the rules that it has, and cannot read new ones: ${failure}`
}
