import { existsSync } from 'node:fs'
import { parseDaemonAddress } from '../../contracts/daemon-address.ts'
import { isThisMachine } from '../../contracts/host-names.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { SettingName } from '../../settings/catalogue.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, readRawSettings, readSettings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { isAlive } from '../machine/identity.ts'
import { planProcesses } from '../processes/plan.ts'
import { PORT_ROW } from '../processes/port-row.ts'
import { checkPortsOfOthers } from '../processes/ports.ts'
import { readState, stateFolders } from '../processes/state.ts'
import type { Workspace } from '../workspace/platform.ts'
import { saveEnvironment } from './keep.ts'

/** Ports below are the system's. */
const FIRST = 1024
const LAST = 65_535

/**
 * Keeps six ports in a row for everything that listens ({@link PORT_ROW}), so that several workspaces run on one machine;
 * `text` is the first. Throws a UserError (USAGE) if `text` is no such port.
 */
export async function keepPorts(
  workspace: Workspace,
  terminal: Terminal,
  text: string,
  environment: Environment = process.env,
): Promise<void> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  const row = PORT_ROW.map((name, index) => [
    name,
    name === 'AWS_XRAY_DAEMON_ADDRESS' ? `127.0.0.1:${port + index}` : `${port + index}`,
  ])
  const ports: Partial<Record<SettingName, string>> = Object.fromEntries(row)
  const last = LAST - PORT_ROW.length + 1
  if (port < FIRST || port > last) {
    throw new UserError({
      code: 'USAGE',
      what: `--ports ${text} is not a port from ${FIRST} to ${last}.`,
      fix: 'npm run env -- --ports 20010',
    })
  }
  // A daemon on another machine stays there.
  const daemon = parseDaemonAddress(readRawSettings(environment).AWS_XRAY_DAEMON_ADDRESS.value ?? '')
  if (daemon && !isThisMachine(daemon.udp.host)) delete ports.AWS_XRAY_DAEMON_ADDRESS
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

/**
 * Warns where another program has ports that the settings ask for, as they are now: `npm run setup` could not start what
 * needs them. The ports of this workspace's own processes count as free, also of those that an earlier command has left.
 */
export async function warnOfTakenPorts(
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<void> {
  try {
    const settings = readSettings(environment)
    const directory = stateDirectory(settings)
    const state = existsSync(directory) ? readState(stateFolders(directory)) : undefined
    const running = state?.processes.filter(({ identity }) => isAlive(identity)) ?? []
    const specs = planProcesses(settings, resolveProviders(settings, environment), environment)
    const wanted = specs.flatMap(({ ports }) => ports)
    await checkPortsOfOthers(wanted, running, directory)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    // What else is wrong with the settings, the command that starts the processes says.
    if (OF_PORTS.has(error.code)) terminal.warn(`${error.message} ${error.fix}`)
  }
}

const OF_PORTS: ReadonlySet<string> = new Set(['PORT_TAKEN', 'PORT_UNUSABLE', 'PORT_TWICE'])
