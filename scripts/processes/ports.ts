import { UserError } from '../../contracts/user-error.ts'
import type { Port } from '../../contracts/workspace-state.ts'
import { poll } from '../machine/poll.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { type PortState, probePort } from '../machine/port-probe.ts'
import type { ProcessSpec } from './spec.ts'

const LINGERING_MS = 500

interface Trouble {
  readonly port: Port
  readonly state: Exclude<PortState, 'free'>
}

/** Throws one UserError that names every port that cannot be bound, its holder, and the setting that moves it. */
export async function checkPorts(specs: readonly ProcessSpec[]): Promise<void> {
  const ports = specs.flatMap((spec) => spec.ports)
  checkDistinct(ports)
  const troubles = await findLastingTroubles(ports)
  if (troubles.length === 0) return
  const sentences = await Promise.all(troubles.map(describe))
  const isTaken = troubles.some(({ state }) => state === 'taken')
  const moves = await suggestMoves(troubles, ports)
  const stop = troubles.length === 1 ? 'Stop it' : 'Stop them'
  throw new UserError({
    code: isTaken ? 'PORT_TAKEN' : 'PORT_UNUSABLE',
    what: [...new Set(sentences)].join(' '),
    fix: isTaken ? `${stop}, or move ours: ${moves}.` : `Choose another: ${moves}.`,
  })
}

/** Those of the ports that another process holds. */
export async function findTaken(ports: readonly Port[]): Promise<Port[]> {
  const troubles = await findTroubles(ports)
  return troubles.filter(({ state }) => state === 'taken').map(({ port }) => port)
}

/** `4567 (TCP)`. */
export function describePort({ port, protocol }: Port): string {
  return `${port} (${protocol.toUpperCase()})`
}

/**
 * Troubles that last: a thread of a program that was killed may hold a port for some milliseconds after the program has
 * ended. Where the holder can be named it is alive, so that there is nothing to wait for.
 */
async function findLastingTroubles(ports: readonly Port[]): Promise<readonly Trouble[]> {
  let troubles = await findTroubles(ports)
  await poll(
    async () => {
      const holders = await Promise.all(
        troubles.map(({ port, state }) => state !== 'taken' || findPortHolder(port)),
      )
      if (holders.every(Boolean)) return true
      troubles = await findTroubles(ports)
      return undefined
    },
    { deadlineMs: LINGERING_MS },
  )
  return troubles
}

async function findTroubles(ports: readonly Port[]): Promise<Trouble[]> {
  const states = await Promise.all(ports.map(async (port) => ({ port, state: await probePort(port) })))
  return states.filter((probed): probed is Trouble => probed.state !== 'free')
}

/** Throws a UserError (PORT_TWICE) where two of them want one port. */
export function checkDistinct(ports: readonly Port[]): void {
  for (const [index, port] of ports.entries()) {
    const other = ports
      .slice(0, index)
      .find((one) => one.port === port.port && one.protocol === port.protocol)
    if (!other) continue
    throw new UserError({
      code: 'PORT_TWICE',
      what: `${other.variable} and ${port.variable} both want port ${describePort(port)}.`,
      fix: `Move one: npm run env -- ${port.variable}=${movedValue(port, port.port + step(port))}.`,
    })
  }
}

async function describe({ port, state }: Trouble): Promise<string> {
  if (state === 'forbidden') return `Port ${describePort(port)} may not be used without root.`
  if (state === 'unreachable') return `${port.host} (for ${port.variable}) is not an address of this machine.`
  const holder = await findPortHolder(port)
  const who = holder ? `${holder.name} (pid ${holder.pid})` : 'another program'
  return `Port ${describePort(port)} is taken by ${who}.`
}

async function suggestMoves(troubles: readonly Trouble[], ours: readonly Port[]): Promise<string> {
  const moves = new Map<string, string>()
  for (const { port } of troubles) {
    if (moves.has(port.variable)) continue
    moves.set(port.variable, `${port.variable}=${movedValue(port, await findFree(port, ours))}`)
  }
  return [...moves.values()].map((move) => `npm run env -- ${move}`).join(', ')
}

async function findFree(taken: Port, ours: readonly Port[]): Promise<number> {
  const needed = ours.filter(({ variable }) => variable === taken.variable)
  for (let attempt = 1; attempt <= 20; attempt++) {
    const port = taken.port + attempt * step(taken)
    if (port > 65_535 || ours.some((one) => one.port === port)) continue
    const probes = needed.map((one) => probePort({ ...one, port }))
    if ((await Promise.all(probes)).every((state) => state === 'free')) return port
  }
  return taken.port + step(taken) > 65_535 ? taken.port - step(taken) : taken.port + step(taken)
}

/** The ports beside the daemon's are usually free; a web port moves by ten, away from the other services' ports. */
function step({ variable }: Port): number {
  return variable === 'AWS_XRAY_DAEMON_ADDRESS' ? 1 : 10
}

function movedValue({ variable, host }: Port, port: number): string {
  return variable === 'AWS_XRAY_DAEMON_ADDRESS' ? `${host}:${port}` : `${port}`
}
