import { reachable } from '../../settings/providers.ts'
import { findDaemonTrouble, readDaemonLog } from '../daemon/log.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { accepts } from '../machine/port-probe.ts'
import { findTelemetryTroubles, readSandboxHealth } from '../providers/own-processes.ts'
import { type CheckResult, type Context, good, joined, problem, warning } from './check.ts'

/** How much of each backend process's telemetry was accepted, by its own count. */
export function checkTelemetry({ status }: Context): CheckResult {
  return joined(
    status.processes.map(({ name, telemetry }) => {
      if (!telemetry) return good()
      const troubles = findTelemetryTroubles(telemetry).map((trouble) =>
        problem({
          code: 'TELEMETRY_LOST',
          what: `${name}: ${trouble}.`,
          why: 'These records are in no provider.',
          fix: `npm run logs -- ${name}; npm run verify proves that it is fixed`,
        }),
      )
      if (troubles.length > 0) return joined(troubles)
      const { providers, logs, metrics } = telemetry
      const accepted = Object.entries({ ...providers, logs, metrics }).map(
        ([stream, counts]) => `${stream} ${counts.enabled ? counts.accepted : 0}`,
      )
      return good(`Accepted from ${name}: ${accepted.join(', ')}`)
    }),
  )
}

/** Whether the daemon, or the sandbox in its place, runs and loses no segments. */
export async function checkDaemon(context: Context): Promise<CheckResult> {
  const { mode, pipeline } = context.providers.xray
  if (mode === 'off' || pipeline !== 'sdk') return good()
  return mode === 'live' ? checkLiveDaemon(context) : checkSandbox(context)
}

async function checkSandbox({ providers }: Context): Promise<CheckResult> {
  const xray = (await readSandboxHealth(providers.xray.apiEndpoint ?? ''))?.providers.xray
  // The check of the processes reports a sandbox that does not answer.
  if (!xray) return good()
  const { udp, received, dropped, lastDrop, kernelDrops } = xray
  const elsewhere = problem({
    code: 'DAEMON_ELSEWHERE',
    what: 'The sandbox receives no segments: the daemon’s address is another machine’s.',
    why: 'Segments go there, and nothing confirms them.',
    fix: 'npm run env -- --unset AWS_XRAY_DAEMON_ADDRESS, then npm run setup',
  })
  const invalid = warning({
    code: 'SEGMENTS_DROPPED',
    what: `${dropped} datagrams or documents were dropped. The last reason: ${lastDrop}.`,
    why: 'They are in no trace, and the X-Ray SDK does not learn of it.',
    fix: 'Send the document by aws xray put-trace-segments, which answers what is wrong with it',
  })
  const overflowed = warning({
    code: 'DATAGRAMS_DROPPED',
    what: `The system has dropped ${kernelDrops} datagrams before the sandbox could read them.`,
    why: 'They are in no trace: too many came at once for the system’s buffer.',
    fix: 'sudo sysctl -w net.core.rmem_max=4194304, then npm stop and npm run setup',
  })
  return joined([
    good(`The sandbox has received ${received} segment documents at ${udp ?? 'its API'}`),
    udp === null ? elsewhere : good(),
    dropped > 0 ? invalid : good(),
    (kernelDrops ?? 0) > 0 ? overflowed : good(),
  ])
}

async function checkLiveDaemon({ settings, providers, status }: Context): Promise<CheckResult> {
  const { tcp, udp } = providers.xray.daemon
  const daemon = status.processes.find(({ name }) => name === 'daemon')
  if (!daemon) return checkExternalDaemon(tcp)
  if (daemon.state !== 'ready') return good()
  const holders = await Promise.all([
    findPortHolder({ ...udp, protocol: 'udp' }),
    findPortHolder({ ...tcp, protocol: 'tcp' }),
  ])
  const others = holders.filter((holder) => holder !== undefined && holder.pid !== daemon.pid)
  return joined([
    ...others.map((holder) =>
      problem({
        code: 'DAEMON_PORT_TAKEN',
        what: `The daemon's port is held by ${holder?.name} (pid ${holder?.pid}).`,
        why: 'The daemon runs without this port: the other program gets the segments, or the requests for sampling rules.',
        fix: `Stop it, or move the daemon: npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:${udp.port + 1}`,
      }),
    ),
    judgeLog(readDaemonLog(settings)),
  ])
}

async function checkExternalDaemon(tcp: {
  readonly host: string
  readonly port: number
}): Promise<CheckResult> {
  const place = `${tcp.host}:${tcp.port}`
  if (await accepts(reachable(tcp.host), tcp.port))
    return good(`A program answers at ${place}, the daemon’s address`)
  return problem({
    code: 'DAEMON_DOWN',
    what: `No X-Ray daemon answers at ${place}.`,
    why: 'Segments that are sent there are lost without an error.',
    fix: 'Start it there, or let the workspace run its own: npm run env -- --unset AWS_XRAY_DAEMON_ADDRESS',
  })
}

/** The last error in the daemon's log, unless a batch was sent after it. */
export function judgeLog(lines: readonly string[]): CheckResult {
  const trouble = findDaemonTrouble(lines)
  if (!trouble) return good('The daemon has had no trouble since it last sent something')
  return problem({ ...trouble, why: 'Segments wait in the daemon, which drops them in the end.' })
}
