import { freePort } from './free-port.ts'

export { isFree } from './free-port.ts'

/** Ports that are free for TCP and UDP alike, no two the same. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}
