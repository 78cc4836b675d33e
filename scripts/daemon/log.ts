import { join } from 'node:path'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { logPath, readTail } from '../processes/log-files.ts'

/** How many lines of the log are read, about seven minutes: a busy daemon writes a line a second, an idle daemon none. */
const LINES = 400

/** The end of the daemon's log; empty where there is none. */
export function readDaemonLog(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string[] {
  return readTail(logPath(join(stateDirectory(settings), 'logs'), 'daemon'), LINES)
}

const SENT = /Successfully sent batch/i

/** When AWS last accepted a batch from the daemon (epoch ms, whole seconds); undefined where its log has none. */
export function lastBatchMs(lines: readonly string[]): number | undefined {
  const ms = Date.parse(lines.findLast((line) => SENT.test(line))?.split(' ')[0] ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

/**
 * What failed since the daemon last sent a batch; undefined when nothing did. A missing TCP port counts until the
 * daemon starts again, because it logs that once, at its start.
 *
 * Source of the log lines: https://github.com/aws/aws-xray-daemon, pkg/processor, pkg/proxy and pkg/conn, version 3.6
 */
export function findDaemonTrouble(lines: readonly string[]): Diagnosis | undefined {
  const started = lines.findLastIndex((line) => line.includes('Initializing AWS X-Ray daemon'))
  const sinceStart = lines.slice(Math.max(0, started))
  if (sinceStart.some((line) => NO_TCP_PORT.test(line))) {
    return {
      code: 'DAEMON_TCP_PORT_TAKEN',
      what: 'Another program has the daemon’s TCP port, so that no service gets sampling rules.',
      fix: 'npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001, then npm run setup',
    }
  }
  const sent = sinceStart.findLastIndex((line) => SENT.test(line))
  const failed = sinceStart.findLastIndex(
    // The daemon also reports its own usage to AWS, which no trace depends on.
    (line) => /\[(Error|Warn)\]/i.test(line) && !/telemetry/i.test(line),
  )
  if (failed <= sent) return undefined
  const line = sinceStart[failed] ?? ''
  const known = KNOWN.find(({ pattern }) => pattern.test(line))
  return {
    code: known?.code ?? 'DAEMON_FAILED',
    what: known?.what ?? `The daemon says: ${line.replace(/^\S+ /, '')}`,
    fix: known?.fix ?? 'npm run logs -- daemon',
  }
}

const NO_TCP_PORT = /proxy http server failed to listen|listen tcp .*address already in use/i

/** In this order, because the first match counts: an expired signature means a wrong clock, not an expired session. */
const KNOWN: readonly (Diagnosis & { readonly pattern: RegExp })[] = [
  {
    pattern: /InvalidSignature.*expired|RequestTimeTooSkewed|RequestExpired|Signature not yet current/i,
    code: 'CLOCK_WRONG',
    what: 'AWS rejects the daemon’s signatures, because this machine’s clock is wrong.',
    fix: 'Set the clock (sudo timedatectl set-ntp true; on WSL: wsl --shutdown); npm run doctor shows how far it is off',
  },
  {
    pattern: /ExpiredToken|token.*expired/i,
    code: 'AWS_TOKEN_EXPIRED',
    what: 'AWS has told the daemon that its credentials have expired.',
    fix: 'Get new ones and keep them (npm run env -- --save), then npm run setup, which restarts it',
  },
  {
    pattern: /AccessDenied|not authorized/i,
    code: 'AWS_ACCESS_DENIED',
    what: 'The daemon’s credentials may not send segments.',
    fix: 'Give the user or role the policy aws/iam/daemon.json (aws/README.md has the command)',
  },
  {
    pattern:
      /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|security token.*invalid/i,
    code: 'AWS_CREDENTIALS_WRONG',
    what: 'AWS does not know the daemon’s credentials.',
    fix: 'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup, which restarts it',
  },
  {
    pattern: /NoCredentialProviders|no EC2 (instance|IMDS) role|failed to refresh cached credentials/i,
    code: 'AWS_CREDENTIALS_MISSING',
    what: 'The daemon has no credentials.',
    fix: 'npm run env -- AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY; then npm run setup',
  },
  {
    pattern: /log group does not exist/i,
    code: 'AWS_LOG_GROUP_MISSING',
    what: 'X-Ray keeps its traces in CloudWatch Logs (Transaction Search), and the log group does not exist.',
    fix: 'aws xray get-trace-segment-destination shows its state; switch Transaction Search off and on again in the X-Ray settings',
  },
  {
    pattern: /Throttl|StatusCode: 429/i,
    code: 'AWS_THROTTLED',
    what: 'AWS accepts no more segments from this account for the moment (429); the daemon has dropped a batch.',
    fix: 'Send less: a lower rate in aws/json/xray.json, then npm run aws; or ask AWS for a higher quota',
  },
  {
    pattern: /Cannot fetch region/i,
    code: 'AWS_REGION_MISSING',
    what: 'The daemon has no region.',
    fix: 'npm run env -- AWS_REGION=us-east-1 (yours), then npm run setup',
  },
  {
    pattern: /listen udp .*address already in use|unable to listen/i,
    code: 'DAEMON_UDP_PORT_TAKEN',
    what: 'Another program has the daemon’s UDP port.',
    fix: 'npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001, then npm run setup',
  },
  {
    pattern: /no such host|i\/o timeout|connection refused|dial tcp|deadline exceeded/i,
    code: 'AWS_UNREACHABLE',
    what: 'The daemon cannot reach AWS.',
    fix: 'Look at the network and the region: npm run env; behind a proxy: HTTPS_PROXY',
  },
]
