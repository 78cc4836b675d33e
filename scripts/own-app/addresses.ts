import { formatDaemonAddress, type HostPort } from '../../contracts/daemon-address.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Port, ProcessRecord } from '../../contracts/workspace-state.ts'
import { reachable } from '../../settings/providers.ts'
import { isSuspended } from '../machine/identity.ts'
import type { Running } from '../processes/ensure-running.ts'
import { describeSuspended } from '../processes/suspended.ts'
import { answersHealth } from '../providers/own-processes.ts'

/** Where an app on this machine reaches the running sandbox. */
export interface SandboxAddresses {
  /** The base of every HTTP address, without a final slash. */
  readonly http: string
  /** The base for OTLP by gRPC; undefined where the sandbox does not listen for it. */
  readonly grpc: string | undefined
  /** As X-Ray's SDKs read it from AWS_XRAY_DAEMON_ADDRESS. */
  readonly daemon: string
  readonly port: number
}

/**
 * The addresses of the sandbox among the running processes: those that it was started with, which the settings may have
 * left behind. Throws a UserError where the workspace runs without a sandbox that stands in for X-Ray, or where the sandbox
 * does not answer: SANDBOX_MISSING, SANDBOX_WITHOUT_XRAY, PROCESS_SUSPENDED, SANDBOX_SILENT.
 */
export async function findSandbox(running: Running): Promise<SandboxAddresses> {
  const { processes } = running
  const sandbox = processes.find(({ name }) => name === 'sandbox')
  const addresses = sandbox && addressesOf(sandbox)
  if (!sandbox || !addresses) {
    throw new UserError({
      code: 'SANDBOX_MISSING',
      what: 'The workspace runs without a sandbox: none of its providers is local.',
      fix: 'npm stop, then npm run sandbox',
    })
  }
  if (!addresses.daemon) {
    throw new UserError({
      code: 'SANDBOX_WITHOUT_XRAY',
      what: 'The workspace runs, and its sandbox does not stand in for X-Ray: an app’s segments would not reach it.',
      fix: 'npm stop, then npm run sandbox; or for both: npm run env -- XRAY_ENABLED=local, then npm run setup',
    })
  }
  if (isSuspended(sandbox.identity)) throw new UserError(describeSuspended(['sandbox'], running))
  if (!(await answersHealth(addresses.http))) {
    throw new UserError({
      code: 'SANDBOX_SILENT',
      what: `The workspace runs, but its sandbox does not answer at ${addresses.http}.`,
      fix: 'npm run doctor names the reason; npm run setup starts it again if it has crashed',
    })
  }
  return { ...addresses, daemon: addresses.daemon }
}

function addressesOf({ ports }: ProcessRecord) {
  const find = (variable: string, protocol: Port['protocol']) =>
    ports.find((port) => port.variable === variable && port.protocol === protocol)
  const http = find('SANDBOX_PORT', 'tcp')
  if (!http) return undefined
  const grpc = find('SANDBOX_GRPC_PORT', 'tcp')
  const udp = find('AWS_XRAY_DAEMON_ADDRESS', 'udp')
  const tcp = find('AWS_XRAY_DAEMON_ADDRESS', 'tcp')
  return {
    http: urlOf(http),
    grpc: grpc && urlOf(grpc),
    daemon: udp && tcp ? formatDaemonAddress({ udp: reached(udp), tcp: reached(tcp) }) : undefined,
    port: http.port,
  }
}

function urlOf({ host, port }: Port): string {
  return `http://${reachable(host)}:${port}`
}

/** The address to send to, where the sandbox listens on every interface. */
function reached({ host, port }: Port): HostPort {
  return { host: /^(0\.0\.0\.0|::)$/.test(host) ? '127.0.0.1' : host, port }
}
