import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Port } from '../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { findPortHolder, findPortUser } from '../machine/port-holder.ts'
import { findNeighbour } from '../processes/neighbour.ts'
import { describePort, describePorts } from '../processes/port-text.ts'
import { describeHolder, findTaken } from '../processes/ports.ts'
import { readStatus } from '../processes/status.ts'
import { endContainers, nameContainers } from './commands.ts'
import { type Profile, profileOf } from './compose-file.ts'
import { listPorts, listRunning, type PublishedPort } from './docker.ts'
import { findHoldingContainers } from './holding.ts'

/** The settings of the ports, by the port inside the container: those that `findHoldingContainers` knows. */
const VARIABLES = new Map([
  [4567, 'PORT'],
  [4568, 'PROFILES_PORT'],
  [4318, 'SANDBOX_PORT'],
  [4317, 'SANDBOX_GRPC_PORT'],
  [2000, 'AWS_XRAY_DAEMON_ADDRESS'],
])

/**
 * Throws a UserError where `docker compose --profile … up` would fail, after it has built the images and created
 * containers: PROFILE_RUNS, WORKSPACE_RUNS or PORT_TAKEN, and those of {@link listRunning}.
 */
export async function checkBeforeUp(profile: Profile, settings: Settings): Promise<void> {
  const again = `npm run containers -- up ${profile}`
  const running = await listRunning()
  const other = running.map(({ service }) => profileOf(service)).find((one) => one && one !== profile)
  if (other) {
    throw new UserError({
      code: 'PROFILE_RUNS',
      what: `The containers of profile ${other} run, with ports that profile ${profile} publishes too.`,
      fix: `End them first, which keeps what they have stored:\n    npm run containers -- down\n    ${again}`,
    })
  }
  const published = new Set(running.flatMap(({ ports }) => ports).map(keyOf))
  const wanted = (await listPorts(profile)).filter((one) => one.published > 0 && !published.has(keyOf(one)))
  const taken = await findTaken(wanted.map(toPort))
  if (taken.length === 0) return
  await checkWorkspace(taken, settings, again)
  await reportTaken(taken, stateDirectory(settings), again)
}

async function checkWorkspace(taken: readonly Port[], settings: Settings, again: string): Promise<void> {
  const { processes, mode } = await readStatus(stateDirectory(settings))
  const held = new Set(
    processes.filter(({ pid }) => pid !== null).flatMap(({ ports }) => ports.map(describePort)),
  )
  const ours = taken.filter((port) => held.has(describePort(port)))
  if (ours.length === 0) return
  const end = mode === 'foreground' ? 'Ctrl-C where npm start runs' : 'npm stop'
  throw new UserError({
    code: 'WORKSPACE_RUNS',
    what: `The workspace runs (npm run status), and has the ${describePorts(ours)}, which the containers publish.`,
    fix: `End it, or move it to other ports (npm run env -- --ports 20010 --restart). Then start the containers:\n    ${end}\n    ${again}`,
  })
}

/** Throws a PORT_TAKEN that names each holder once. */
async function reportTaken(taken: readonly Port[], directory: string, again: string): Promise<never> {
  const found = await Promise.all(taken.map(async (port) => ({ port, holder: await findPortHolder(port) })))
  const beside = await findHoldingContainers(found)
  const held = found.map((one) => {
    const { port, holder } = one
    if (beside?.held.has(one))
      return { port, who: nameContainers(beside.containers), end: endContainers(beside.containers) }
    const neighbour = holder && findNeighbour(holder.pid, directory)
    if (neighbour)
      return {
        port,
        who: neighbour.whose,
        end: neighbour.folder && `cd ${shellWord(neighbour.folder)} && npm stop`,
      }
    const user = holder ? undefined : findPortUser(port)
    return { port, who: user ? `a program of the user ${user}` : describeHolder(holder), end: undefined }
  })
  const groups = [...Map.groupBy(held, ({ who }) => who)]
  const ends = new Set(held.flatMap(({ end }) => end ?? []))
  throw new UserError({
    code: 'PORT_TAKEN',
    what: groups
      .map(
        ([who, group]) =>
          `The containers publish ${describePorts(group.map(({ port }) => port))}, taken by ${who}.`,
      )
      .join(' '),
    fix: ['End what holds them, then start the containers:', ...ends, again].join('\n    '),
  })
}

function toPort({ host, published, target, protocol }: PublishedPort): Port {
  return { host, port: published, protocol, variable: VARIABLES.get(target) ?? `${target}` }
}

function keyOf({ published, protocol }: PublishedPort): string {
  return `${published}/${protocol}`
}
