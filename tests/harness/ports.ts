import { createServer } from 'node:net'
import { isFree } from '../../scripts/machine/free-ports.ts'

const host = '127.0.0.1'
/**
 * Below the range from which systems give ports to outgoing connections (Linux: 32,768 and above): such a port could
 * be taken between its choice here and its use.
 */
const LOWEST = 10_000
const HIGHEST = 31_999
/** More ports than the tests of one worker use. */
const PER_PROCESS = 500

const given = new Set<number>()
let lowestOfProcess: Promise<number> | undefined

/** A port that is free for both TCP and UDP, and that no test has been given before. */
export async function freePort(): Promise<number> {
  lowestOfProcess ??= holdPart()
  for (;;) {
    // The lowest port of the part is the one that this process holds.
    const port = (await lowestOfProcess) + 1 + Math.floor(Math.random() * (PER_PROCESS - 1))
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

/**
 * Returns the lowest port of a part of the range, and listens on it until the process ends. So the workers of all test
 * runs on this machine choose from different parts.
 */
async function holdPart(): Promise<number> {
  for (let port = LOWEST; port < HIGHEST; port += PER_PROCESS) {
    const server = createServer().unref()
    const isHeld = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ port, host, exclusive: true }, () => resolve(true))
    })
    if (isHeld) return port
  }
  throw new Error(`Every ${PER_PROCESS}th port from ${LOWEST} to ${HIGHEST} is taken`)
}
