import type { SandboxTrace, SegmentDocument, Span } from '../../contracts/sandbox/trace.ts'

/** What `GET /sandbox/traces/<id>` answers, with what the backend writes into its segments. */
export interface StoredTrace extends Omit<SandboxTrace, 'xray'> {
  readonly xray: { readonly segments: readonly StoredSegment[] }
}

export type StoredSpan = Span

export interface StoredSegment extends SegmentDocument {
  readonly parent_id?: string
  readonly namespace?: string
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
