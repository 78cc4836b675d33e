import './manual-mode.ts'

import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import AWSXRay from 'aws-xray-sdk'
import type { DaemonAddress } from '../../../../contracts/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import { SegmentEmitter } from './emitter.ts'
import { hostHeader } from './http-block.ts'
import { createXRayProcessor } from './span-processor.ts'

export interface XRaySdkOptions {
  readonly pipeline: 'sdk'
  readonly daemon: DaemonAddress
  /** AWS_XRAY_URL: requests whose Host header matches give their segment the host's name. */
  readonly dynamicNaming?: string | undefined
}

/** Spans as aws-xray-sdk segments to the daemon. Loaded only where X-Ray is on, and reached this way. */
export function createXRayPipeline(
  options: XRaySdkOptions,
  service: { readonly name: string; readonly version: string },
  delivery: Delivery,
): SpanProcessor {
  AWSXRay.SegmentUtils.setServiceData({ ...service, runtime: 'node', runtime_version: process.version })
  AWSXRay.middleware.setDefaultName(service.name)
  if (options.dynamicNaming) AWSXRay.middleware.enableDynamicNaming(options.dynamicNaming)
  const nameOf = (root: ReadableSpan) =>
    AWSXRay.middleware.resolveName(hostHeader(root.attributes)) ?? service.name
  return createXRayProcessor(new SegmentEmitter(options.daemon, delivery), delivery, nameOf)
}
