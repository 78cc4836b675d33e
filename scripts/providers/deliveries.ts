import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import { describeMoment } from '../command-line/time.ts'

type Counts = Extract<TelemetryStream, { enabled: true }>

/** One kind of telemetry that a backend process sends. */
export interface Delivery {
  /** `Honeycomb spans`, `X-Ray segments`, … */
  readonly name: string
  readonly counts: Counts
}

/** What a process sends, in the order in which it is shown; without what is off. */
export function deliveriesOf({ providers, logs, metrics }: TelemetryHealth): Delivery[] {
  const streams: readonly (readonly [string, TelemetryStream])[] = [
    ['Honeycomb spans', providers.honeycomb],
    ['Honeycomb logs', logs],
    ['Honeycomb metrics', metrics],
    ['X-Ray segments', providers.xray],
    ['Rollbar errors', providers.rollbar],
  ]
  return streams.flatMap(([name, counts]) => (counts.enabled ? { name, counts } : []))
}

/** What a person should know about a delivery. */
export interface DeliveryNews {
  /** The last attempt failed. Otherwise records are delivered again, and the error and the losses are history. */
  readonly isFailing: boolean
  /** Without a full stop: `Honeycomb logs: delivery fails (3 refused, 12 waiting)`. */
  readonly what: string
  /** The last error and its time; undefined where there was none. */
  readonly lastError: string | undefined
}

/** Undefined where nothing has failed. */
export function newsOf({ name, counts }: Delivery, nowMs?: number): DeliveryNews | undefined {
  const { failing: isFailing, lastError, refused, dropped, unconfirmed, pending } = counts
  if (!isFailing && !lastError && refused + dropped === 0) return undefined
  const numbers = [
    refused > 0 && `${refused} refused`,
    dropped > 0 && `${dropped} dropped`,
    unconfirmed > 0 && `${unconfirmed} unconfirmed`,
    isFailing && pending > 0 && `${pending} waiting`,
  ].filter((text) => text !== false)
  const fate = numbers.length > 0 ? ` (${numbers.join(', ')})` : ''
  return {
    isFailing,
    what: `${name}: ${isFailing ? 'delivery fails' : 'delivering again'}${fate}`,
    lastError: lastError && `${describeMoment(lastError.at, nowMs)}: ${lastError.message}`,
  }
}

/** A sentence without a full stop; undefined where the sampler has X-Ray's rules, or needs none. */
export function describeFallback({ sampler }: TelemetryHealth): string | undefined {
  if (!sampler.fallback) return undefined
  return `sampler ${sampler.name}: no rules from X-Ray, falls back to 1/s and 5 %`
}
