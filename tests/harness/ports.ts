import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * Below the range from which a system gives ports to outgoing connections: such a port could be taken between its
 * choice here and its use. Each worker of the test run chooses from its own part.
 */
const LOWEST = 10_000
const PER_WORKER = 2_000
const PARTS = 11
const part = Number(process.env.VITEST_POOL_ID ?? 0) % PARTS
const given = new Set<number>()

/** A port that is free for both TCP and UDP and that this worker has not given out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + part * PER_WORKER + Math.floor(Math.random() * PER_WORKER)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

/** Whether no process listens on the port, by TCP or by UDP. */
export async function isFree(port: number): Promise<boolean> {
  const tcp = createServer()
  const tcpFree = await new Promise<boolean>((resolve) => {
    tcp.once('error', () => resolve(false))
    tcp.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (tcpFree) await new Promise((resolve) => tcp.close(resolve))
  const udp = createSocket('udp4')
  const udpFree = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false))
    udp.bind(port, '127.0.0.1', () => resolve(true))
  })
  if (udpFree) await new Promise<void>((resolve) => udp.close(resolve))
  return tcpFree && udpFree
}
