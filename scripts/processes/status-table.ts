import { alignColumns, type Terminal } from '../command-line/terminal.ts'
import { findTelemetryTroubles } from '../providers/own-processes.ts'
import { describePort } from './ports.ts'
import type { ProcessStatus, Status } from './status.ts'

const HEAD = ['process', 'state', 'pid', 'where', 'memory', 'up']

/** Prints a status: the table, the providers, and each finding with its fix. */
export function showStatus(status: Status, terminal: Terminal): void {
  for (const [index, row] of alignColumns([HEAD, ...status.processes.map(toRow)]).entries()) {
    terminal.line(index === 0 ? terminal.bold(row) : row)
  }
  terminal.line()
  if (status.providers) {
    const { honeycomb, xray, rollbar } = status.providers
    terminal.line(`Honeycomb ${honeycomb}, X-Ray ${xray}, Rollbar ${rollbar}`)
  }
  terminal.line(describeMode(status))
  for (const process of status.processes) showTroubles(process, terminal)
  for (const { message, fix } of status.findings) terminal.fail(message, fix)
}

function describeMode({ running, mode, supervisorPid }: Status): string {
  if (!running)
    return 'Not running: npm run setup starts everything in the background, npm start in the foreground.'
  const where =
    mode === 'background' ? 'in the background' : `in the foreground of a terminal (pid ${supervisorPid})`
  return `Running ${where}; npm run logs follows, npm stop ends.`
}

function showTroubles({ name, lastLines, telemetry }: ProcessStatus, terminal: Terminal): void {
  for (const trouble of telemetry ? findTelemetryTroubles(telemetry) : [])
    terminal.warn(`${name}, ${trouble}`)
  if (lastLines.length === 0) return
  terminal.line()
  terminal.line(`The last lines of ${name}:`)
  for (const line of lastLines) terminal.line(terminal.dim(`    ${line}`))
}

function toRow({ name, state, pid, url, ports, memoryBytes, uptimeSeconds, exit }: ProcessStatus): string[] {
  return [
    name,
    exit ? `${state}: ${exit}` : state,
    pid === null ? '' : `${pid}`,
    url ?? ports.map(describePort).join(', '),
    memoryBytes === null ? '' : `${Math.round(memoryBytes / 1024 / 1024)} MB`,
    uptimeSeconds === null ? '' : describeDuration(uptimeSeconds),
  ]
}

/** `42 s`, `3 min`, `2 h 5 min`, `4 d 1 h`. */
export function describeDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min` : `${seconds} s`
}
