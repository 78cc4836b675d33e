import { randomInt } from 'node:crypto'
import { probePort } from './port-probe.ts'

const host = '127.0.0.1'
/**
 * Below the range from which systems give ports to outgoing connections (Linux: 32,768 and above): such a port could be
 * taken between its choice and its use.
 */
const LOWEST = 20_000
const HIGHEST = 31_999

/** Different ports of loopback on which no process listens, by TCP or by UDP. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

/** The first port of a row, and how far two rows are apart: `npm run env -- --ports` gives each workspace one. */
const ROW = { first: 20_010, apart: 10 } as const

/** The first of so many ports in a row that are all free. */
export async function findFreeRow(count: number): Promise<number> {
  for (let first: number = ROW.first; first + count <= HIGHEST; first += ROW.apart) {
    const row = Array.from({ length: count }, (_, index) => isFree(first + index))
    if ((await Promise.all(row)).every(Boolean)) return first
  }
  return ROW.first
}

/** Whether no process listens on the port of loopback, by TCP or by UDP. */
export async function isFree(port: number): Promise<boolean> {
  const states = await Promise.all([
    probePort({ port, host, protocol: 'tcp' }),
    probePort({ port, host, protocol: 'udp' }),
  ])
  return states.every((state) => state === 'free')
}
