import type { Settings } from '../../settings/read.ts'

/** Where to look when the region's own bucket has nothing: newer regions have none. */
const FALLBACK_REGIONS = ['us-east-1', 'us-east-2'] as const

/**
 * The folders that the daemon may be downloaded from, the best first; no slash at their ends.
 * XRAY_DAEMON_BASE_URL stands alone: who names a mirror does not want another place to be asked.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html
 */
export function downloadBases(settings: Pick<Settings, 'XRAY_DAEMON_BASE_URL' | 'AWS_REGION'>): string[] {
  if (settings.XRAY_DAEMON_BASE_URL) return [settings.XRAY_DAEMON_BASE_URL]
  return [...new Set([settings.AWS_REGION, ...FALLBACK_REGIONS])].map(
    (region) => `https://s3.${region}.amazonaws.com/aws-xray-assets.${region}/xray-daemon`,
  )
}
