// OTLP's export requests in JSON, as far as the tests send them.
// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding

export interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  /** Decimal digits. */
  readonly intValue?: string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values: readonly AnyValue[] }
  readonly kvlistValue?: { readonly values: readonly KeyValue[] }
  /** Base64. */
  readonly bytesValue?: string
}

export interface KeyValue {
  readonly key: string
  readonly value?: AnyValue
}

export interface ScopeJson {
  readonly name?: string
  readonly version?: string
  readonly attributes?: readonly KeyValue[]
}

/** Ids in hex digits, times in nanoseconds as decimal digits. */
export interface SpanJson {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind?: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly KeyValue[]
  readonly events?: readonly {
    readonly name: string
    readonly timeUnixNano: string
    readonly attributes?: readonly KeyValue[]
  }[]
  readonly links?: readonly {
    readonly traceId: string
    readonly spanId: string
    readonly attributes?: readonly KeyValue[]
  }[]
  readonly status?: { readonly code?: number; readonly message?: string }
}

export interface LogJson {
  readonly timeUnixNano?: string
  readonly observedTimeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly eventName?: string
  readonly body?: AnyValue
  readonly attributes?: readonly KeyValue[]
  readonly flags?: number
  readonly traceId?: string
  readonly spanId?: string
}

export interface ResourceJson {
  readonly resource?: { readonly attributes?: readonly KeyValue[] }
  readonly schemaUrl?: string
}

export interface TracesJson {
  readonly resourceSpans: readonly (ResourceJson & {
    readonly scopeSpans: readonly {
      readonly scope?: ScopeJson
      readonly schemaUrl?: string
      readonly spans: readonly SpanJson[]
    }[]
  })[]
}

export interface LogsJson {
  readonly resourceLogs: readonly (ResourceJson & {
    readonly scopeLogs: readonly {
      readonly scope?: ScopeJson
      readonly schemaUrl?: string
      readonly logRecords: readonly LogJson[]
    }[]
  })[]
}
