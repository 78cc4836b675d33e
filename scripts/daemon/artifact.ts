import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'

/** Pinned to the version that was tested. https://github.com/aws/aws-xray-daemon/releases */
export const DAEMON_VERSION = '3.6.6'

export interface Artifact {
  /** The zip's name in AWS's bucket. */
  readonly zip: string
  /** The only entry that is installed. */
  readonly entry: string
}

const ARTIFACTS: Readonly<Record<string, Artifact>> = {
  'linux-x64': { zip: `aws-xray-daemon-linux-amd64-${DAEMON_VERSION}.zip`, entry: 'xray' },
  'linux-arm64': { zip: `aws-xray-daemon-linux-arm64-${DAEMON_VERSION}.zip`, entry: 'xray' },
  'darwin-x64': { zip: `aws-xray-daemon-macos-amd64-${DAEMON_VERSION}.zip`, entry: 'xray_mac' },
  'darwin-arm64': { zip: `aws-xray-daemon-macos-arm64-${DAEMON_VERSION}.zip`, entry: 'xray_mac' },
}

/** The download for a platform and processor, in Node's names for both. Throws a UserError (DAEMON_UNSUPPORTED). */
export function daemonArtifact(platform: string = process.platform, arch: string = process.arch): Artifact {
  const artifact = ARTIFACTS[`${platform}-${arch}`]
  if (artifact) return artifact
  throw new UserError({
    code: 'DAEMON_UNSUPPORTED',
    what: `AWS publishes no X-Ray daemon for ${platform} on ${arch}.`,
    fix: 'Run it as a container (docker compose --profile live up), or let the sandbox emulate X-Ray: npm run env -- XRAY_ENABLED=local',
  })
}

/** Newer regions have no bucket. */
const FALLBACK_REGIONS = ['us-east-1', 'us-east-2'] as const

/**
 * The addresses that the daemon may be downloaded from, in order, without a final slash. With XRAY_DAEMON_BASE_URL it is
 * the only address: a person who names a mirror wants no other source.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html
 */
export function downloadBases(settings: Pick<Settings, 'XRAY_DAEMON_BASE_URL' | 'AWS_REGION'>): string[] {
  if (settings.XRAY_DAEMON_BASE_URL) return [settings.XRAY_DAEMON_BASE_URL]
  return [...new Set([settings.AWS_REGION, ...FALLBACK_REGIONS])].map(
    (region) => `https://s3.${region}.amazonaws.com/aws-xray-assets.${region}/xray-daemon`,
  )
}
