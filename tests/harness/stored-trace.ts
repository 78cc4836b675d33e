/** What `GET /sandbox/traces/<id>` answers, as far as tests look at it. */
export interface StoredTrace {
  readonly traceId: string
  readonly honeycomb: {
    readonly spans: readonly StoredSpan[]
    readonly logs: readonly Readonly<Record<string, unknown>>[]
  }
  readonly xray: { readonly segments: readonly StoredSegment[] }
  readonly rollbar: { readonly items: readonly unknown[] }
}

export interface StoredSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: string
  readonly service: string
  readonly scope: { readonly attributes: Readonly<Record<string, unknown>> }
  /** Epoch nanoseconds. */
  readonly startTimeUnixNano: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface StoredSegment {
  readonly id: string
  readonly trace_id: string
  readonly parent_id?: string
  readonly name: string
  readonly namespace?: string
  /** Epoch seconds. */
  readonly start_time: number
  readonly http?: { readonly response?: { readonly status?: number } }
  readonly sql?: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<
    Record<string, Readonly<Record<string, unknown> & { resource?: Record<string, unknown> }>>
  >
  readonly fault?: boolean
  readonly subsegments?: readonly StoredSegment[]
}

export interface Verification {
  readonly traceId: string
  readonly xrayTraceId: string
  readonly ok: boolean
  readonly providers: {
    readonly honeycomb: {
      readonly mode: string
      readonly state: string
      readonly spans: number
      readonly url: string
    }
    readonly xray: {
      readonly mode: string
      readonly state: string
      readonly segments: number
      readonly subsegments: number
      readonly url: string
    }
    readonly rollbar: {
      readonly mode: string
      readonly state: string
      readonly uuid: string
      readonly url: string
    }
  }
  readonly problems: readonly { readonly what: string; readonly fix: string }[]
}
