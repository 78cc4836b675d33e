import type { HostPort } from '../../contracts/daemon-address.ts'
import { reachable, sandboxUrl } from '../../settings/providers.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Operation } from '../containers/operation.ts'
import { findDaemonTrouble, readDaemonLog } from '../daemon/log.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { accepts } from '../machine/port-probe.ts'
import { findNeighbour, findOther } from '../processes/neighbour.ts'
import { answers, type ProcessStatus, sendsTelemetry } from '../processes/process-status.ts'
import { withSentSegments } from '../processes/status.ts'
import {
  type Delivery,
  deliveriesOf,
  describeLastError,
  describeLosses,
  describeSamplerFailure,
  type Failure,
  findFailures,
  hasNews,
  isCutOff,
} from '../providers/deliveries.ts'
import { readSandboxHealth } from '../providers/own-processes.ts'
import { describeSegments, type SentSegments } from '../providers/sent-segments.ts'
import { type CheckResult, type Context, good, joined, note, problem, warning } from './check.ts'

/** What each backend process has delivered, by its own count; what fails now, and what it lost before. */
export function checkTelemetry(context: Context): CheckResult {
  const { processes } = context.status
  return joined([
    ...processes.map((one) => judgeTelemetry(one, context)),
    ...findFailures(processes).map((failure) => judgeFailure(failure, context)),
    ...processes.map((one) => judgeHistory(one, context)),
  ])
}

function judgeTelemetry({ name, state, telemetry }: ProcessStatus, { operation }: Context): CheckResult {
  if (!telemetry) {
    if (state !== 'ready' || !sendsTelemetry(name)) return good()
    return warning({
      code: 'TELEMETRY_UNKNOWN',
      what: `What became of ${name}'s telemetry is unknown.`,
      why: 'It is of another version, which counts differently.',
      fix: 'npm run setup starts it again where its code has changed',
    })
  }
  const counts = deliveriesOf(telemetry).map(({ name: what, counts: { accepted, unconfirmed } }) =>
    unconfirmed > 0 ? `${what} ${accepted} (${unconfirmed} unconfirmed)` : `${what} ${accepted}`,
  )
  return joined([
    counts.length > 0 ? good(`Accepted from ${name}: ${counts.join(', ')}`) : good(),
    telemetry.sampler.fallback
      ? problem({
          code: 'SAMPLING_WITHOUT_RULES',
          what: `${name}: ${withStop(describeSamplerFailure(telemetry) ?? '')}`,
          why: 'The rules in aws/json/ have no effect, and most requests are not kept.',
          fix: `${operation.logs(name)} says why; where the process has just started, wait a moment`,
        })
      : good(),
  ])
}

function judgeFailure({ processes, deliveries, what }: Failure, context: Context): CheckResult {
  const { operation } = context
  const down = findReceiverDown(deliveries, context)
  return problem({
    code: 'TELEMETRY_LOST',
    what: `${what}.${lastErrorOf(deliveries)}`,
    why: 'Pending records are sent again while there is room; refused and dropped ones are in no provider.',
    fix:
      down === undefined
        ? `${operation.logs(...processes)}; npm run verify proves that it is fixed`
        : down.state === 'no answer'
          ? `First fix the ${down.name}, which does not answer (see above)`
          : `${operation.start} starts the ${down.name}, which does not run`,
  })
}

/** The process of this workspace that receives these deliveries, where it does not run or does not answer. */
function findReceiverDown(
  deliveries: readonly Delivery[],
  { status, providers }: Context,
): ProcessStatus | undefined {
  const receivers = deliveries.flatMap(({ provider }) => {
    if (providers[provider].mode === 'local') return 'sandbox'
    return provider === 'xray' && providers.xray.pipeline === 'sdk' ? 'daemon' : []
  })
  return status.processes.find((one) => receivers.some((name) => name === one.name) && !answers(one))
}

/** What failed before and does not now. It stays until the process ends. */
function judgeHistory({ name, telemetry }: ProcessStatus, { operation }: Context): CheckResult {
  const past = (telemetry ? deliveriesOf(telemetry) : []).filter(
    (delivery) => hasNews(delivery) && !delivery.counts.failing,
  )
  if (past.length === 0) return good()
  const each = past.map((delivery) => `${delivery.name}${describeLosses([delivery])}`)
  const lost = past.some(({ counts }) => counts.refused + counts.dropped > 0)
  const why = [
    lost && 'The refused and dropped records are in no provider.',
    past.some(isCutOff) && 'What is unconfirmed may not have arrived.',
  ].filter((sentence) => sentence !== false)
  return note({
    code: 'TELEMETRY_WAS_LOST',
    what: `${name}, not failing now: ${each.join(', ')}.${lastErrorOf(past)}`,
    why: why.length > 0 ? why.join(' ') : 'Nothing was lost.',
    fix: `Nothing has to be done. ${operation.logs(name)} has the time from the first error to the last`,
  })
}

/** A sentence with a space before it; empty where there was no error. */
function lastErrorOf(deliveries: readonly Delivery[]): string {
  const lastError = describeLastError(deliveries)
  return lastError ? ` The last error was ${withStop(lastError)}` : ''
}

function withStop(text: string): string {
  return text.replace(/[^.?!]$/, '$&.')
}

/** Whether the daemon, or the sandbox in its place, runs and loses no segments. */
export async function checkDaemon(context: Context): Promise<CheckResult> {
  const { settings, providers } = context
  const { mode, pipeline } = providers.xray
  if (mode === 'off' || pipeline !== 'sdk') return good()
  if (mode === 'live') return checkLiveDaemon(context)
  // The check of the processes reports another clone's sandbox. What it has is not ours.
  if (await findOther('sandbox', sandboxUrl(settings), settings)) return good()
  return joined([await checkSandbox(context), await checkSegments(context)])
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

/** Whether the segments that were sent by UDP have arrived in the sandbox. */
async function checkSegments({ status, providers }: Context): Promise<CheckResult> {
  const { segments } = await withSentSegments(status)
  return joined((segments ?? []).map((sent) => judgeSegments(sent, providers.xray.daemon.udp)))
}

export function judgeSegments(sent: SentSegments, { host, port }: HostPort): CheckResult {
  const { process, missing, isCounted, isLosing } = sent
  const text = describeSegments(sent).replace(/^t/, 'T')
  if (missing.length === 0) return good(text)
  // The check of the telemetry reports what the process has counted itself.
  if (isCounted) return good()
  const what = `${text}; the latest is ${missing.at(-1)}.`
  if (isLosing) {
    return problem({
      code: 'SEGMENTS_MISSING',
      what,
      why: `${process} sends them by UDP to ${host}:${port}, where at present none arrives.`,
      fix: 'npm run verify shows whether new ones arrive; npm stop and npm run setup start both sides again',
    })
  }
  return warning({
    code: 'SEGMENTS_MISSING',
    what,
    why: 'They were sent while the sandbox did not run, or more came at once than the system’s buffer holds.',
    fix: 'npm run verify shows that new ones arrive. Under load: sudo sysctl -w net.core.rmem_max=4194304, then npm stop and npm run setup',
  })
}

async function checkLiveDaemon({ settings, providers, status, operation }: Context): Promise<CheckResult> {
  const { tcp, udp } = providers.xray.daemon
  const daemon = status.processes.find(({ name }) => name === 'daemon')
  if (!daemon) return checkExternalDaemon(tcp, operation)
  if (daemon.state !== 'ready') return good()
  const holders = await Promise.all([
    findPortHolder({ ...udp, protocol: 'udp' }),
    findPortHolder({ ...tcp, protocol: 'tcp' }),
  ])
  const others = holders.flatMap((holder) => (holder && holder.pid !== daemon.pid ? holder : []))
  return joined([
    ...others.map(({ name, pid }) =>
      problem({
        code: 'DAEMON_PORT_TAKEN',
        what: `The daemon's port is held by ${name} (pid ${pid})${ofNeighbour(pid, settings)}.`,
        why: 'The daemon runs without this port: the other program gets the segments, or the requests for sampling rules.',
        fix: `Stop it, or move the daemon: npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:${udp.port + 1}`,
      }),
    ),
    judgeLog(readDaemonLog(settings)),
  ])
}

function ofNeighbour(pid: number, settings: Settings): string {
  const neighbour = findNeighbour(pid, stateDirectory(settings))
  return neighbour ? ` of ${neighbour.whose}` : ''
}

async function checkExternalDaemon(tcp: HostPort, operation: Operation): Promise<CheckResult> {
  const place = `${tcp.host}:${tcp.port}`
  if (await accepts(reachable(tcp.host), tcp.port))
    return good(`A program answers at ${place}, the daemon’s address`)
  return problem({
    code: 'DAEMON_DOWN',
    what: `No X-Ray daemon answers at ${place}.`,
    why: 'Segments that are sent there are lost without an error.',
    fix: operation.ofProcesses
      ? 'Start it there, or let the workspace run its own: npm run env -- --unset AWS_XRAY_DAEMON_ADDRESS'
      : `${operation.logs('daemon')} says why; ${operation.start} starts it`,
  })
}

/** The last error in the daemon's log, unless a batch was sent after it. */
export function judgeLog(lines: readonly string[]): CheckResult {
  const trouble = findDaemonTrouble(lines)
  if (!trouble) return good('The daemon has had no trouble since it last sent something')
  return problem({ ...trouble, why: 'Segments wait in the daemon, which drops them in the end.' })
}
