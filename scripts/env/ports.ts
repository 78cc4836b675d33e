import { parseDaemonAddress } from '../../contracts/daemon-address.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { SettingName } from '../../settings/catalogue.ts'
import { type Environment, readRawSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { isHere } from '../processes/plan.ts'
import type { Workspace } from '../workspace/platform.ts'
import { saveEnvironment } from './keep.ts'

/** Ports below are the system's. */
const FIRST = 1024
const LAST = 65_535

/**
 * Keeps six ports in a row for everything that listens, so that several workspaces run on one machine: the api's is
 * `text`, then those of profiles, sandbox, database, X-Ray daemon and the sandbox's
 * OTLP over gRPC. Throws a UserError (USAGE) if `text` is no such
 * port.
 */
export async function keepPorts(
  workspace: Workspace,
  terminal: Terminal,
  text: string,
  environment: Environment = process.env,
): Promise<void> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  const ports: Partial<Record<SettingName, string>> = {
    PORT: `${port}`,
    PROFILES_PORT: `${port + 1}`,
    SANDBOX_PORT: `${port + 2}`,
    DATABASE_PORT: `${port + 3}`,
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${port + 4}`,
    // The last, so that the ports of workspaces from before it stay as they are.
    SANDBOX_GRPC_PORT: `${port + 5}`,
  }
  const last = LAST - Object.keys(ports).length + 1
  if (port < FIRST || port > last) {
    throw new UserError({
      code: 'USAGE',
      what: `--ports ${text} is not a port from ${FIRST} to ${last}.`,
      fix: 'npm run env -- --ports 20010',
    })
  }
  // A daemon on another machine stays there.
  const daemon = parseDaemonAddress(readRawSettings(environment).AWS_XRAY_DAEMON_ADDRESS.value ?? '')
  if (daemon && !isHere(daemon.udp.host)) delete ports.AWS_XRAY_DAEMON_ADDRESS
  const { WORKSPACE_ENV_FILE } = environment
  await saveEnvironment(workspace, terminal, { WORKSPACE_ENV_FILE, ...ports })
  const others = Object.entries(ports).filter(
    ([name, value]) => (environment[name]?.trim() || value) !== value,
  )
  for (const [name] of others) {
    terminal.warn(
      `${name} has another value in this shell's environment, which wins over .env: unset ${name}, or open a new terminal.`,
    )
  }
  terminal.line(`  the api: http://localhost:${port}   the viewer: http://localhost:${port + 2}`)
}
