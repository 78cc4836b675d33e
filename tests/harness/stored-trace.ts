import type { SandboxTrace, SegmentDocument } from '../../contracts/sandbox/trace.ts'

/** What `GET /sandbox/traces/<id>` answers, with what the backend writes into its segments. */
export interface StoredTrace extends Omit<SandboxTrace, 'xray'> {
  readonly xray: { readonly segments: readonly StoredSegment[] }
}

export interface StoredSegment extends SegmentDocument {
  readonly parent_id?: string
  readonly namespace?: string
  readonly http?: { readonly response?: { readonly status?: number } }
  readonly sql?: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<
    Record<string, Readonly<Record<string, unknown> & { resource?: Record<string, unknown> }>>
  >
  readonly fault?: boolean
  readonly traced?: boolean
  readonly cause?: {
    readonly exceptions: readonly {
      readonly message: string
      readonly type: string
      readonly stack: readonly { readonly path: string; readonly line: number | null }[]
    }[]
  }
  readonly subsegments?: readonly StoredSegment[]
}
