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
 * That it did not get its TCP port holds until it starts again, whatever it has sent since: it says so once.
 *
 * Source of its sentences: https://github.com/aws/aws-xray-daemon, pkg/processor, pkg/proxy and pkg/conn; observed of 3.6
 */
export function findDaemonTrouble(lines: readonly string[]): Problem | undefined {
  const sinceStart = lines.slice(
    Math.max(
      0,
      lines.findLastIndex((line) => STARTED.test(line)),
    ),
  )
  if (sinceStart.some((line) => NO_TCP_PORT.test(line))) return TCP_PORT_TAKEN
  const sent = sinceStart.findLastIndex((line) => /Successfully sent batch/i.test(line))
  const failed = sinceStart.findLastIndex(
    (line) => /\[(Error|Warn)\]/i.test(line) && !/telemetry/i.test(line),
  )
  if (failed <= sent) return undefined
  const line = sinceStart[failed] ?? ''
  const cure = CURES.find(([sign]) => sign.test(line))
  return {
    what: cure ? cure[1] : `The daemon says: ${line.replace(/^\S+ /, '')}`,
    fix: cure?.[2] ?? 'npm run logs -- daemon',
  }
}

const STARTED = /Initializing AWS X-Ray daemon/
const NO_TCP_PORT = /proxy http server failed to listen|listen tcp .*address already in use/i

const TCP_PORT_TAKEN: Problem = {
  what: 'Another program has the daemon’s TCP port, so that nobody gets sampling rules.',
  fix: 'npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001, then npm run setup',
}

/** The first that fits: a signature that has expired is of a wrong clock, not of an old session. */
const CURES: readonly (readonly [RegExp, string, string])[] = [
  [
    /InvalidSignature.*expired|RequestTimeTooSkewed|RequestExpired|Signature not yet current/i,
    'AWS refuses what the daemon signs, because this machine’s clock is wrong.',
    'Set the clock (sudo timedatectl set-ntp true; on WSL: wsl --shutdown); npm run doctor says how far it is off',
  ],
  [
    /ExpiredToken|token.*expired/i,
    'AWS has told the daemon that its credentials have expired.',
    'Get new ones and keep them (npm run env -- --save), then npm run setup, which restarts it',
  ],
  [
    /AccessDenied|not authorized/i,
    'The daemon’s credentials may not send segments.',
    'Give the user or role the policy aws/iam/daemon.json (aws/README.md has the command)',
  ],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|security token.*invalid/i,
    'AWS does not know the daemon’s credentials.',
    'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup, which restarts it',
  ],
  [
    /NoCredentialProviders|no EC2 (instance|IMDS) role|failed to refresh cached credentials/i,
    'The daemon has no credentials.',
    'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup',
  ],
  [
    /log group does not exist/i,
    'X-Ray keeps its traces in CloudWatch Logs (Transaction Search), and the log group is not there.',
    'aws xray get-trace-segment-destination tells its state; switch Transaction Search off and on again in the X-Ray settings',
  ],
  [
    /Throttl|StatusCode: 429/i,
    'AWS takes no more segments from this account for the moment (429); the daemon has given up a batch.',
    'Send less: a lower rate in aws/json/xray.json, then npm run aws; or ask AWS for a higher quota',
  ],
  [
    /Cannot fetch region/i,
    'The daemon has not been told its region.',
    'npm run env -- AWS_REGION=us-east-1 (yours), then npm run setup',
  ],
  [
    /listen udp .*address already in use|unable to listen/i,
    'Another program has the daemon’s UDP port.',
    'npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001, then npm run setup',
  ],
  [
    /no such host|i\/o timeout|connection refused|dial tcp|deadline exceeded/i,
    'The daemon cannot reach AWS.',
    'Look at the network and the region: npm run env; behind a proxy: HTTPS_PROXY',
  ],
]
