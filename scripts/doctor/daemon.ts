import { reachable } from '../../settings/providers.ts'
import { findDaemonTrouble, readDaemonLog } from '../daemon/log.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { accepts } from '../processes/readiness.ts'
import { readSandboxHealth } from '../providers/sandbox-health.ts'
import { type Examination, type Finding, found, good, joined, type Patient } from './finding.ts'

/** The daemon, AWS's or the sandbox's in its place: there, and passing on what it gets. */
export async function examineDaemon(patient: Patient): Promise<Examination> {
  const { mode, pipeline } = patient.providers.xray
  if (mode === 'off' || pipeline !== 'sdk') return good()
  return mode === 'live' ? examineLive(patient) : examineSandbox(patient)
}

async function examineSandbox({ providers }: Patient): Promise<Examination> {
  const xray = (await readSandboxHealth(providers.xray.apiEndpoint ?? ''))?.providers.xray
  // That it does not run is said of the processes.
  if (!xray) return good()
  const findings: Finding[] = []
  if (xray.udp === null) {
    findings.push({
      severity: 'problem',
      what: 'The sandbox takes no segments: the daemon’s address is another machine’s.',
      why: 'Segments go there, and nobody acknowledges them.',
      fix: 'npm run env -- --unset AWS_XRAY_DAEMON_ADDRESS, then npm run setup',
    })
  }
  if (xray.dropped > 0) {
    findings.push({
      severity: 'warning',
      what: `${xray.dropped} datagrams or documents were dropped. The last one: ${xray.lastDrop}.`,
      why: 'They are in no trace. The X-Ray SDK is not told.',
      fix: 'Send the document by aws xray put-trace-segments, which answers what is wrong with it',
    })
  }
  if ((xray.kernelDrops ?? 0) > 0) {
    findings.push({
      severity: 'warning',
      what: `The system has dropped ${xray.kernelDrops} datagrams before anybody could read them.`,
      why: 'They are in no trace: too many came at once for the buffer that it grants.',
      fix: 'sudo sysctl -w net.core.rmem_max=4194304, then npm stop and npm run setup',
    })
  }
  return {
    good: [`The sandbox has taken ${xray.received} segment documents at ${xray.udp ?? 'its API'}`],
    findings,
  }
}

async function examineLive({ settings, providers, status }: Patient): Promise<Examination> {
  const { tcp, udp } = providers.xray.daemon
  const daemon = status.processes.find(({ name }) => name === 'daemon')
  if (!daemon) return examineElsewhere(tcp)
  if (daemon.state !== 'ready') return good()
  const holders = await Promise.all([
    findPortHolder({ ...udp, protocol: 'udp' }),
    findPortHolder({ ...tcp, protocol: 'tcp' }),
  ])
  const strangers = holders.filter((holder) => holder !== undefined && holder.pid !== daemon.pid)
  return joined([
    found(
      ...strangers.map(
        (holder): Finding => ({
          severity: 'problem',
          what: `The daemon's port is held by ${holder?.name} (pid ${holder?.pid}).`,
          why: 'The daemon runs on without it: segments or sampling rules go to somebody else.',
          fix: `Stop it, or move ours: npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:${udp.port + 1}`,
        }),
      ),
    ),
    judgeLog(readDaemonLog(settings)),
  ])
}

async function examineElsewhere(tcp: { readonly host: string; readonly port: number }): Promise<Examination> {
  const place = `${tcp.host}:${tcp.port}`
  if (await accepts(reachable(tcp.host), tcp.port))
    return good(`Somebody answers at ${place}, where the daemon should be`)
  return found({
    severity: 'problem',
    what: `No X-Ray daemon answers at ${place}.`,
    why: 'Segments that are sent there are lost, and nobody says so.',
    fix: 'Start it there, or let the workspace run its own: npm run env -- --unset AWS_XRAY_DAEMON_ADDRESS',
  })
}

/** The daemon's last word: that it has sent a batch, or why it has not. */
export function judgeLog(lines: readonly string[]): Examination {
  const trouble = findDaemonTrouble(lines)
  if (!trouble) return good('The daemon has had no trouble since it last sent something')
  return found({ severity: 'problem', ...trouble, why: 'Segments wait in the daemon and are then given up.' })
}
