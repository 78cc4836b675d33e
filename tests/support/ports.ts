import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Ports that are free for TCP and UDP alike. Taken all at once, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold))
  await Promise.all(held.map(({ release }) => release()))
  return held.map(({ port }) => port)
}

async function hold(): Promise<{ port: number; release: () => Promise<void> }> {
  const tcp = createServer()
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as { port: number }
  const udp = createSocket('udp4')
  const isFree = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false))
    udp.bind(port, '127.0.0.1', () => resolve(true))
  })
  const release = async () => {
    await new Promise((resolve) => tcp.close(resolve))
    if (isFree) await new Promise<void>((resolve) => udp.close(resolve))
  }
  if (isFree) return { port, release }
  await release()
  return hold()
}

/** Whether nobody listens there, by TCP and UDP. */
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
