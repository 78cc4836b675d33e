/** What a check may look at: telemetry as the providers have it, never what somebody says of himself. */
export interface Evidence {
  readonly modes: Readonly<Record<Provider, 'live' | 'local' | 'off'>>
  /** Where a person on this machine asks the api. */
  readonly api: string
  /** The api's name in every provider. */
  readonly service: string
  readonly profilesService: string
  /** Traces of the last hours, newest first, found by X-Ray's filter expression or, without X-Ray, in the sandbox. */
  recentTraces(query?: TraceQuery): Promise<string[]>
  trace(traceId: string): Promise<SeenTrace>
  /** X-Ray's service graph of the last hour. */
  serviceEdges(): Promise<readonly Edge[]>
  /** Undefined where there is none of that name. */
  group(): Promise<{ readonly name: string; readonly filter: string } | undefined>
  /** The sampling rule of the workspace: in force, in `aws/json/`, and what it has decided of late. */
  samplingRule(): Promise<SeenRule | undefined>
  /** Metrics of the last hour by name; undefined where Honeycomb is live, which reads nothing back. */
  metrics(): Promise<readonly string[] | undefined>
  /** What the set-up has left: processes, ports, state, resources in AWS. */
  remains(): Promise<readonly string[]>
  /** Which letters of faults the running backend was told to have. */
  readonly plantedFaults: readonly string[]
  readonly pipeline: 'sdk' | 'otlp' | 'collector'
}

export type Provider = 'honeycomb' | 'xray' | 'rollbar'

export interface TraceQuery {
  /** Further conditions in X-Ray's filter language, joined to "of the api". */
  readonly filter?: string
  /** 25 at most, unless said. */
  readonly limit?: number
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly requests: number
  readonly faults: number
}

export interface SeenRule {
  readonly name: string
  /** 0 to 1, as X-Ray has it. */
  readonly rate: number
  readonly reservoir: number
  /** 0 to 1, as the file says. */
  readonly wantedRate: number
  /** Of the last windows that X-Ray reports: up to about ten minutes. */
  readonly requests: number
  readonly sampled: number
}

/** One trace, whatever provider it was read from. */
export interface SeenTrace {
  readonly traceId: string
  /** By start. */
  readonly spans: readonly SeenSpan[]
  /** Undefined where logs cannot be read back. */
  readonly logs: readonly string[] | undefined
  readonly occurrences: readonly SeenOccurrence[]
  readonly state: Readonly<Record<Provider, 'found' | 'accepted' | 'missing' | 'off'>>
  /** Everything that was read, as text: to look for what should not be in it. */
  readonly text: string
}

/** A span, or the segment or subsegment that was made of it. */
export interface SeenSpan {
  readonly id: string
  readonly parentId: string | undefined
  readonly name: string
  readonly service: string
  readonly isServer: boolean
  readonly startMs: number
  readonly durationMs: number
  readonly isError: boolean
  readonly status: number | undefined
  /** Of a query. */
  readonly statement: string | undefined
  /** By the provider's spelling: X-Ray's annotations have `_` for `.`; `attribute()` finds both. */
  readonly attributes: Readonly<Record<string, unknown>>
  readonly exceptions: readonly string[]
  /** Which SDK wrote the segment, where one did. */
  readonly sdk: string | undefined
}

export interface SeenOccurrence {
  readonly uuid: string
  readonly title: string
}

/** An attribute by its OpenTelemetry name. */
export function attribute(span: SeenSpan, name: string): unknown {
  return span.attributes[name] ?? span.attributes[name.replaceAll(/[^A-Za-z0-9_]/g, '_')]
}

/** The api's own part of a trace: its server span. */
export function serverSpan({ spans }: SeenTrace, service: string): SeenSpan | undefined {
  return spans.find((span) => span.isServer && span.service === service)
}
