import { UserError } from '../../contracts/user-error.ts'

/** Pinned: what is installed is what was tried out. https://github.com/aws/aws-xray-daemon/releases */
export const DAEMON_VERSION = '3.6.6'

export interface Artifact {
  /** The zip's name in AWS's bucket. */
  readonly zip: string
  /** The one entry of it that is installed. */
  readonly entry: string
}

const ARTIFACTS: Readonly<Record<string, Artifact>> = {
  'linux-x64': { zip: `aws-xray-daemon-linux-amd64-${DAEMON_VERSION}.zip`, entry: 'xray' },
  'linux-arm64': { zip: `aws-xray-daemon-linux-arm64-${DAEMON_VERSION}.zip`, entry: 'xray' },
  'darwin-x64': { zip: `aws-xray-daemon-macos-amd64-${DAEMON_VERSION}.zip`, entry: 'xray_mac' },
  'darwin-arm64': { zip: `aws-xray-daemon-macos-arm64-${DAEMON_VERSION}.zip`, entry: 'xray_mac' },
}

/** What AWS publishes for a platform and processor, in Node's words for both. Throws a UserError where it is nothing. */
export function daemonArtifact(platform: string = process.platform, arch: string = process.arch): Artifact {
  const artifact = ARTIFACTS[`${platform}-${arch}`]
  if (artifact) return artifact
  throw new UserError({
    code: 'DAEMON_UNSUPPORTED',
    what: `AWS publishes no X-Ray daemon for ${platform} on ${arch}.`,
    fix: 'Run it as a container (docker compose --profile live up), or let the sandbox play X-Ray: npm run env -- XRAY_ENABLED=local',
  })
}
