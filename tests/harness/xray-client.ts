import { XRayClient } from '@aws-sdk/client-xray'
import type { TestWorkspace } from './workspace.ts'

/** AWS's own client of the workspace's sandbox. Destroy it. */
export function xrayClientOf({ sandbox }: TestWorkspace): XRayClient {
  return new XRayClient({
    region: 'us-east-1',
    endpoint: sandbox,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
}
