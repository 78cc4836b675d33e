import { join } from 'node:path'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { logPath, readTail } from '../processes/log-file.ts'
import type { Problem } from '../providers/evidence.ts'

/** As far back as is looked: an idle daemon writes nothing, a busy one a line a second. */
const LINES = 400

/** The end of the log that the supervisor keeps of AWS's daemon; empty where there is none. */
export function readDaemonLog(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string[] {
  return readTail(logPath(join(stateDirectory(settings), 'logs'), 'daemon'), LINES).lines
}

/**
 * What the daemon has failed at since it last sent something, in one line with its cure; undefined where it has not.
 *
 * Source of its sentences: https://github.com/aws/aws-xray-daemon, pkg/processor and pkg/conn
 */
export function findDaemonTrouble(lines: readonly string[]): Problem | undefined {
  const sent = lines.findLastIndex((line) => /Successfully sent batch/i.test(line))
  const failed = lines.findLastIndex((line) => /\[(Error|Warn)\]/i.test(line) && !/telemetry/i.test(line))
  if (failed <= sent) return undefined
  const line = lines[failed] ?? ''
  const cure = CURES.find(([sign]) => sign.test(line))
  return {
    what: cure ? cure[1] : `The daemon says: ${line.replace(/^\S+ /, '')}`,
    fix: cure?.[2] ?? 'npm run logs -- daemon',
  }
}

const CURES: readonly (readonly [RegExp, string, string])[] = [
  [
    /ExpiredToken|expired/i,
    'AWS has told the daemon that its credentials have expired.',
    'Get new ones and keep them (npm run env -- --save), then npm run setup, which restarts it',
  ],
  [
    /AccessDenied|not authorized/i,
    'The daemon’s credentials may not send segments.',
    'Give the user or role the policy aws/iam/daemon.json (aws/README.md has the command)',
  ],
  [
    /UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|security token.*invalid/i,
    'AWS does not know the daemon’s credentials.',
    'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup, which restarts it',
  ],
  [
    /NoCredentialProviders|no EC2 instance role|failed to refresh cached credentials/i,
    'The daemon has no credentials.',
    'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup',
  ],
  [
    /address already in use|unable to listen/i,
    'Another program has the daemon’s TCP port, so that nobody gets sampling rules.',
    'npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001, then npm run setup',
  ],
  [
    /no such host|i\/o timeout|connection refused|dial tcp/i,
    'The daemon cannot reach AWS.',
    'Look at the network and the region: npm run env; behind a proxy: HTTPS_PROXY',
  ],
]
