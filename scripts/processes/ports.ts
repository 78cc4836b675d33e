import { formatHostPort } from '../../contracts/daemon-address.ts'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Port } from '../../contracts/workspace-state.ts'
import { endContainers, nameContainers } from '../containers/commands.ts'
import { findHoldingContainers } from '../containers/holding.ts'
import { findFreeRow } from '../machine/free-ports.ts'
import { poll } from '../machine/poll.ts'
import { findPortHolder, findPortUser, type PortHolder } from '../machine/port-holder.ts'
import { type PortState, probePort } from '../machine/port-probe.ts'
import { findMarked, resolveFolder } from './living.ts'
import { findNeighbour, type Neighbour } from './neighbour.ts'
import { PORT_ROW } from './port-row.ts'
import { describePort, describePorts } from './port-text.ts'

/** How long a killed program's last thread may hold a port after the program has ended (ms). */
const LINGERING_MS = 500

/** How many other ports are tried before one is suggested that may be taken. */
const ATTEMPTS = 20

interface Trouble {
  readonly port: Port
  readonly state: Exclude<PortState, 'free'>
  readonly holder: PortHolder | undefined
}

const MOVED_TOGETHER: ReadonlySet<string> = new Set(PORT_ROW)

/**
 * Throws one UserError that names every port that cannot be bound, its holder, and the setting that moves it. Where
 * another clone of this workspace has them, or several are taken, one command moves all of ours. `directory`: the state
 * folder. `ours`: the pids whose ports count as free.
 */
export async function checkPorts(
  ports: readonly Port[],
  directory: string,
  ours: ReadonlySet<number> = new Set(),
): Promise<void> {
  checkDistinct(ports)
  const find = async () =>
    (await findTroubles(ports)).filter(({ holder }) => !(holder && ours.has(holder.pid)))
  let troubles = await find()
  // A holder that can be named is alive, so that there is nothing to wait for.
  const look = async () => {
    if (troubles.every(({ state, holder }) => state !== 'taken' || holder)) return true
    troubles = await find()
    return undefined
  }
  await poll(look, { deadlineMs: LINGERING_MS })
  if (troubles.length === 0) return
  const isTaken = troubles.some(({ state }) => state === 'taken')
  const neighbours = new Map<Trouble, Neighbour>()
  for (const trouble of troubles) {
    const neighbour = trouble.holder && findNeighbour(trouble.holder.pid, directory)
    if (neighbour) neighbours.set(trouble, neighbour)
  }
  const published = await findHoldingContainers(troubles.filter((one) => !neighbours.has(one)))
  if (published) {
    const neighbour = { whose: nameContainers(published.containers), folder: undefined }
    for (const trouble of published.held) neighbours.set(trouble, neighbour)
  }
  const variables = new Set(troubles.map(({ port }) => port.variable))
  const isRow = (neighbours.size > 0 || variables.size > 1) && variables.isSubsetOf(MOVED_TOGETHER) && isTaken
  const moves = isRow
    ? [`npm run env -- --ports ${await findFreeRow(PORT_ROW.length)}`]
    : await suggestMoves(troubles, ports)
  const folder = [...neighbours.values()].find((one) => one.folder !== undefined)?.folder
  const what = describeAll(troubles, neighbours)
  const stop = published
    ? `npm run verify checks the containers as they are. End them (${endContainers(published.containers)})`
    : folder
      ? `Stop it there (cd ${shellWord(folder)} && npm stop)`
      : what.length === 1
        ? 'Stop it'
        : 'Stop them'
  const them = moves.length === 1 ? 'another' : 'others'
  const move = isRow ? 'move ours to free ports:' : 'move ours:'
  throw new UserError({
    code: isTaken ? 'PORT_TAKEN' : 'PORT_UNUSABLE',
    what: what.join(' '),
    // One command per line, to paste.
    fix: [isTaken ? `${stop}, or ${move}` : `Choose ${them}:`, ...moves].join('\n    '),
  })
}

/**
 * As {@link checkPorts}, where what this workspace holds counts as free, because a start keeps it or ends it first: the ports
 * of its `running` processes, and those of processes that an earlier command has left, which no state file names.
 */
export async function checkPortsOfOthers(
  ports: readonly Port[],
  running: readonly { readonly ports: readonly Port[] }[],
  directory: string,
): Promise<void> {
  const held = new Set(running.flatMap((one) => one.ports).map(describePort))
  const leftOver = findMarked(resolveFolder(directory)).map(({ identity }) => identity.pid)
  await checkPorts(
    ports.filter((port) => !held.has(describePort(port))),
    directory,
    new Set(leftOver),
  )
}

/** One sentence for each holder, with all its ports, and one for each other trouble. */
function describeAll(troubles: readonly Trouble[], neighbours: ReadonlyMap<Trouble, Neighbour>): string[] {
  const groups = Map.groupBy(troubles, (trouble) => neighbours.get(trouble)?.whose ?? keyOf(trouble))
  return [...groups].map(([key, group]) => {
    const isNeighbour = group.some((trouble) => neighbours.has(trouble))
    const ports = describePorts(group.map(({ port }) => port))
    const [first] = group
    if (isNeighbour) return `${capital(key)} has our ${ports}.`
    if (first?.state === 'unreachable') {
      const variables = new Set(group.map(({ port }) => port.variable))
      return `${key} (for ${[...variables].join(', ')}) is not an address of this machine.`
    }
    if (first?.state === 'forbidden') return `${capital(ports)} may not be used without root.`
    return `${capital(ports)} ${ports.startsWith('ports') ? 'are taken by' : 'is taken by'} ${key}.`
  })
}

/** What the ports of one sentence have in common: the holder, or the kind of the trouble. */
function keyOf({ port, state, holder }: Trouble): string {
  if (state === 'forbidden') return state
  if (state === 'unreachable') return port.host
  const user = holder ? undefined : findPortUser(port)
  return user ? `a program of the user ${user}` : describeHolder(holder)
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}

/** Those of the ports that another process holds. */
export async function findTaken(ports: readonly Port[]): Promise<Port[]> {
  const troubles = await findTroubles(ports)
  return troubles.filter(({ state }) => state === 'taken').map(({ port }) => port)
}

export function describeHolder(holder: PortHolder | undefined): string {
  return holder ? `${holder.name} (pid ${holder.pid})` : 'another program'
}

async function findTroubles(ports: readonly Port[]): Promise<Trouble[]> {
  const troubles = await Promise.all(
    ports.map(async (port): Promise<Trouble[]> => {
      const state = await probePort(port)
      if (state === 'free') return []
      return [{ port, state, holder: state === 'taken' ? await findPortHolder(port) : undefined }]
    }),
  )
  return troubles.flat()
}

/** Throws a UserError (PORT_TWICE) where two of them want one port. */
export function checkDistinct(ports: readonly Port[]): void {
  for (const [index, port] of ports.entries()) {
    const other = ports.slice(0, index).find((one) => describePort(one) === describePort(port))
    if (!other) continue
    throw new UserError({
      code: 'PORT_TWICE',
      what: `${other.variable} and ${port.variable} both want port ${describePort(port)}.`,
      fix: `Move one: npm run env -- ${port.variable}=${movedValue(port, port.port + step(port))}`,
    })
  }
}

/** The commands that move each setting's ports to free ones. */
async function suggestMoves(troubles: readonly Trouble[], ours: readonly Port[]): Promise<string[]> {
  const moves = [...Map.groupBy(troubles, ({ port }) => port.variable)].map(async ([variable, [first]]) => {
    const port = first?.port
    return port ? [`npm run env -- ${variable}=${movedValue(port, await findFree(port, ours))}`] : []
  })
  return (await Promise.all(moves)).flat()
}

async function findFree(taken: Port, ours: readonly Port[]): Promise<number> {
  const needed = ours.filter(({ variable }) => variable === taken.variable)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = taken.port + attempt * step(taken)
    if (port > 65_535 || ours.some((one) => one.port === port)) continue
    if ((await findTroubles(needed.map((one) => ({ ...one, port })))).length === 0) return port
  }
  return taken.port + step(taken) > 65_535 ? taken.port - step(taken) : taken.port + step(taken)
}

/** The ports beside the daemon's are usually free. A web port moves by ten, away from the other services' ports. */
function step({ variable }: Port): number {
  return variable === 'AWS_XRAY_DAEMON_ADDRESS' ? 1 : 10
}

function movedValue({ variable, host }: Port, port: number): string {
  return variable === 'AWS_XRAY_DAEMON_ADDRESS' ? formatHostPort({ host, port }) : `${port}`
}
