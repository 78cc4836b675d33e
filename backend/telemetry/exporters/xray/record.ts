import './manual-mode.ts'

import AWSXRay from 'aws-xray-sdk'
import type { HttpBlock } from './http-block.ts'
import type { SqlBlock } from './sql-block.ts'

/** Fields of a document that the SDK sets and its types leave out. */
interface UntypedFields {
  end_time?: number
  http?: HttpBlock
  sql?: SqlBlock
  fault?: boolean | undefined
  metadata?: Record<string, Record<string, unknown>>
  cause?: { exceptions?: { message?: string; stack?: unknown[] | undefined }[] }
  /** How many subsegments are open: those of a finished span, none. Not part of the document. */
  counter?: number
}

export type Segment = InstanceType<typeof AWSXRay.Segment> & UntypedFields
export type Subsegment = InstanceType<typeof AWSXRay.Subsegment> & UntypedFields

const { SegmentUtils } = AWSXRay as unknown as { SegmentUtils: { serviceData?: object; sdkData?: object } }

/**
 * The SDK's segment of something that has happened already. The SDK's own beginning makes up two ids and takes the
 * time, each to be put right afterwards, and costs more than all that is left of a segment.
 */
export class FinishedSegment extends AWSXRay.Segment {
  init(this: Segment, name: string, traceId: string, parentId: string | undefined): void {
    this.name = name
    this.trace_id = traceId
    if (parentId !== undefined) this.parent_id = parentId
    this.counter = 0
    if (SegmentUtils.serviceData) this.setServiceData(SegmentUtils.serviceData)
    if (SegmentUtils.sdkData) this.setSDKData(SegmentUtils.sdkData)
  }
}

/** As `FinishedSegment`, of what happened within one. */
export class FinishedSubsegment extends AWSXRay.Subsegment {
  init(this: Subsegment, name: string): void {
    this.name = name
    this.counter = 0
  }
}
