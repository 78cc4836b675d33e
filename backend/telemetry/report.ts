import type { DeliveryReport } from './exporters/delivery.ts'
import type { SamplerReport } from './sampling/sampler.ts'

export type Provider = 'honeycomb' | 'xray' | 'rollbar'

/** `pipeline`: a collector sends to this provider instead. */
export type ProviderReport =
  | { readonly enabled: false; readonly pipeline?: 'collector' }
  | ({ readonly enabled: true } & DeliveryReport)

export interface TelemetryReport {
  readonly service: string
  readonly sampler: SamplerReport
  /** Spans to Honeycomb, segments to X-Ray, errors to Rollbar. */
  readonly providers: Readonly<Record<Provider, ProviderReport>>
  /** Log records and metrics, which go to Honeycomb. */
  readonly logs: ProviderReport
  readonly metrics: ProviderReport
}
