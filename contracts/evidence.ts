/** What the providers returned for a trace: `npm run verify` and the workshop's checks both judge by it. */

export type Provider = 'honeycomb' | 'xray' | 'rollbar'

/**
 * found: read back from the provider. accepted: the provider answered the delivery 2xx, which is all that can be known
 * without a key that may read. missing: neither. off: nothing was sent.
 */
export type EvidenceState = 'found' | 'accepted' | 'missing' | 'off'

export interface TraceEvidence {
  readonly traceId: string
  /** Honeycomb's spans, and those that only X-Ray has, sorted by their start. */
  readonly spans: readonly SpanEvidence[]
  /** Undefined where logs cannot be read back. */
  readonly logs: readonly string[] | undefined
  readonly occurrences: readonly OccurrenceEvidence[]
  readonly state: Readonly<Record<Provider, EvidenceState>>
  /** Everything that was read, as JSON, in which a check can search for a secret. */
  readonly text: string
}

/** A span that Honeycomb returned, or a segment or subsegment that X-Ray returned. */
export interface SpanEvidence {
  readonly id: string
  /** The providers that returned it. Honeycomb live returns no spans. */
  readonly foundIn: readonly ('honeycomb' | 'xray')[]
  readonly parentId: string | undefined
  readonly name: string
  readonly service: string
  readonly isServer: boolean
  /** A call to another service, but not a query. */
  readonly isCall: boolean
  /** A segment of X-Ray, that is, the first span of a service. False for subsegments and for Honeycomb's spans. */
  readonly isSegment: boolean
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly durationMs: number
  readonly isError: boolean
  /** The status of the HTTP response. */
  readonly status: number | undefined
  /** A query's SQL. */
  readonly statement: string | undefined
  /** With the provider's names: X-Ray's annotations have `_` for `.`. `attribute()` finds both. */
  readonly attributes: Readonly<Record<string, unknown>>
  /** Types of the exceptions that were recorded. */
  readonly exceptions: readonly string[]
  /** The SDK that wrote the segment, where it says so. */
  readonly sdk: string | undefined
}

/** An error that Rollbar has. */
export interface OccurrenceEvidence {
  readonly uuid: string
  /** The trace that the occurrence names. */
  readonly traceId: string | undefined
}

/** An attribute by its OpenTelemetry name. */
export function attribute(span: SpanEvidence, name: string): unknown {
  return span.attributes[name] ?? span.attributes[name.replaceAll(/[^A-Za-z0-9_]/g, '_')]
}

/** A service's server span. */
export function serverSpan({ spans }: TraceEvidence, service: string): SpanEvidence | undefined {
  return spans.find((span) => span.isServer && span.service === service)
}
