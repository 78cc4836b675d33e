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

/** Whether no process listens on the port of loopback, by TCP or by UDP. */
export async function isFree(port: number): Promise<boolean> {
  const states = await Promise.all([
    probePort({ port, host, protocol: 'tcp' }),
    probePort({ port, host, protocol: 'udp' }),
  ])
  return states.every((state) => state === 'free')
}
