import { alignColumns, type Terminal } from '../command-line/terminal.ts'
import { describeDuration } from '../command-line/time.ts'
import type { Containers } from '../containers/answering.ts'
import { endContainers, nameContainers } from '../containers/commands.ts'
import {
  deliveriesOf,
  describeLastError,
  describeLosses,
  describeSamplerFailure,
  findFailures,
  hasNews,
} from '../providers/deliveries.ts'
import { describeSegments, type SentSegments } from '../providers/sent-segments.ts'
import { describePort } from './port-text.ts'
import { type ProcessStatus, sendsTelemetry } from './process-status.ts'
import type { StatusReport } from './status.ts'

const PROCESSES = ['process', 'state', 'pid', 'where', 'memory', 'up']
const TELEMETRY = ['telemetry', '', 'accepted', 'unconfirmed', 'refused', 'dropped', 'pending']
const NUMBERS = [2, 3, 4, 5, 6]
/** For `npm run status -- --help`. */
export const LEGEND = [
  'Telemetry is counted since each process started: spans, log records, data points of metrics, segments, errors.',
  '  accepted     the provider has confirmed it',
  '  unconfirmed  sent, and nothing confirms it: by UDP, or the answer was cut off',
  '  refused      rejected by the provider, or never delivered; lost',
  '  dropped      given up before it was sent: a full queue, a limit, a socket error; lost',
  '  pending      waits to be sent, or for an answer',
]

type ShownStatus = StatusReport & { readonly containers?: Containers }

/**
 * Prints a status in at most 80 columns, apart from messages: the processes, the providers, what became of the
 * telemetry, and each finding with its fix.
 */
export function showStatus(status: ShownStatus, terminal: Terminal): void {
  // Of no known process, since a setting is wrong, only the findings below can be told.
  const isUnknown = status.processes.length === 0 && status.findings.length > 0
  if (!isUnknown) showProcesses(status, terminal)
  for (const process of status.processes) {
    const reason = process.reason?.what
    const isFinding = reason && status.findings.some(({ what }) => what.includes(reason))
    if (!isFinding) showEnd(process, terminal)
  }
  for (const { message, fix } of status.findings) terminal.fail(message, fix)
}

function showProcesses(status: ShownStatus, terminal: Terminal): void {
  showTable([PROCESSES, ...status.processes.map(toRow)], terminal)
  terminal.line()
  if (status.providers) {
    const { honeycomb, xray, rollbar } = status.providers
    terminal.line(`Honeycomb ${honeycomb}, X-Ray ${xray}, Rollbar ${rollbar}`)
  }
  for (const line of status.containers ? describeContainers(status.containers) : [describeMode(status)])
    terminal.line(line)
  showTelemetry(status, terminal)
}

function showTable(rows: readonly (readonly string[])[], terminal: Terminal, numeric?: readonly number[]) {
  for (const [index, row] of alignColumns(rows, numeric).entries()) {
    terminal.line(index === 0 ? terminal.bold(row) : row)
  }
}

function describeContainers(containers: Containers): string[] {
  return [
    `Containers answer: ${nameContainers(containers)}. npm run verify checks them.`,
    `To end them: ${endContainers(containers)}`,
  ]
}

function describeMode({ running, scope, mode, supervisorPid, findings }: StatusReport): string {
  if (running && scope === 'sandbox')
    return 'The sandbox runs alone, in the background; npm run setup adds the backend, npm stop ends it.'
  if (!running && findings.some(({ code }) => code === 'LEFT_RUNNING'))
    return 'Running, but in no state file: see below.'
  if (!running)
    return 'Not running: npm run setup starts everything in the background, npm start in the foreground.'
  const where =
    mode === 'background' ? 'in the background' : `in the foreground of a terminal (pid ${supervisorPid})`
  return `Running ${where}; npm run logs follows, npm stop ends.`
}

/** What each process has sent since its start, what is failing, and what failed before. */
function showTelemetry({ processes, segments }: StatusReport, terminal: Terminal): void {
  const rows = processes.flatMap(({ name, telemetry }) =>
    telemetry ? deliveriesOf(telemetry).map((one, index) => toNumbers(index === 0 ? name : '', one)) : [],
  )
  if (rows.length > 0) {
    terminal.line()
    showTable([TELEMETRY, ...rows], terminal, NUMBERS)
    terminal.line(terminal.dim('npm run status -- --help explains the columns.'))
  }
  showSamplers(processes, terminal)
  for (const process of processes) showUnknown(process, terminal)
  for (const { what, deliveries } of findFailures(processes)) {
    terminal.fail(what)
    const lastError = describeLastError(deliveries)
    if (lastError) terminal.line(terminal.dim(`    ${lastError}`))
  }
  for (const process of processes) showHistory(process, terminal)
  for (const one of segments ?? []) showSegments(one, terminal)
}

/** Each sampler with the processes that have it, and what is wrong with it. */
function showSamplers(processes: readonly ProcessStatus[], terminal: Terminal): void {
  const samplers = processes.flatMap(({ name, telemetry }) => (telemetry ? { name, telemetry } : []))
  for (const [sampler, group] of Map.groupBy(samplers, ({ telemetry }) => telemetry.sampler.name)) {
    terminal.line(`Sampler of ${group.map(({ name }) => name).join(' and ')}: ${sampler}`)
  }
  for (const { name, telemetry } of samplers) {
    const failure = describeSamplerFailure(telemetry)
    if (failure) terminal.warn(`${name}, ${failure}`)
  }
}

function toNumbers(process: string, { name, counts }: ReturnType<typeof deliveriesOf>[number]): string[] {
  const { accepted, unconfirmed, refused, dropped, pending } = counts
  return [process, name, ...[accepted, unconfirmed, refused, dropped, pending].map(String)]
}

function showUnknown({ name, state, suspended, telemetry }: ProcessStatus, terminal: Terminal): void {
  // A finding names those that are suspended.
  if (suspended) return
  if (state === 'no answer') {
    terminal.warn(`${name} does not answer: it is busy, or in an endless loop: npm run doctor`)
  } else if (!telemetry && state === 'ready' && sendsTelemetry(name)) {
    terminal.warn(`${name}: what became of its telemetry is unknown.`)
    terminal.line('    It is of another version: npm run doctor')
  }
}

/** What failed before and does not now. */
function showHistory({ name, telemetry }: ProcessStatus, terminal: Terminal): void {
  for (const delivery of telemetry ? deliveriesOf(telemetry) : []) {
    if (delivery.counts.failing || !hasNews(delivery)) continue
    terminal.line(`  ${name}, ${delivery.name}: not failing now${describeLosses([delivery])}`)
    const lastError = describeLastError([delivery])
    if (lastError) terminal.line(terminal.dim(`    the last error: ${lastError}`))
  }
}

function showSegments(sent: SentSegments, terminal: Terminal): void {
  const { missing, isCounted, isLosing } = sent
  const text = `X-Ray: ${describeSegments(sent)}`
  if (missing.length === 0 || isCounted) terminal.line(`  ${text}`)
  else if (isLosing) terminal.fail(text)
  else terminal.warn(text)
  if (missing.length === 0) return
  const more = isCounted ? 'counted as refused or dropped' : 'npm run doctor names the fix'
  terminal.line(terminal.dim(`    the latest: ${missing.at(-1)}; ${more}`))
}

/** How a crashed process ended, and the end of its log. */
function showEnd({ name, exit, lastLines }: ProcessStatus, terminal: Terminal): void {
  if (lastLines.length === 0) return
  terminal.line()
  terminal.line(`The last lines of ${name}${exit ? ` (${exit})` : ''}:`)
  for (const line of lastLines) terminal.line(terminal.dim(`    ${line}`))
}

function toRow({ name, state, pid, url, ports, memoryBytes, uptimeSeconds }: ProcessStatus): string[] {
  return [
    name,
    state,
    pid === null ? '' : `${pid}`,
    url ?? ports.map(describePort).join(', '),
    memoryBytes === null ? '' : `${Math.round(memoryBytes / 1024 / 1024)} MB`,
    uptimeSeconds === null ? '' : describeDuration(uptimeSeconds),
  ]
}
