import type { DeliveryReport } from './exporters/delivery.ts'
import type { SamplerReport } from './sampling/sampler.ts'

export type Provider = 'honeycomb' | 'xray' | 'rollbar'

/** A provider that is off has nothing else to say, but where a collector sends in our place. */
export type ProviderReport =
  | { readonly enabled: false; readonly pipeline?: 'collector' }
  | ({ readonly enabled: true } & DeliveryReport)

export interface TelemetryReport {
  readonly service: string
  readonly sampler: SamplerReport
  /** Of Honeycomb, the spans. */
  readonly providers: Readonly<Record<Provider, ProviderReport>>
  /** Log records and metrics, which go to Honeycomb too. */
  readonly logs: ProviderReport
  readonly metrics: ProviderReport
}
