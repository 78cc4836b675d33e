import { readFile } from 'node:fs/promises'
import { endianness } from 'node:os'

/**
 * How many datagrams Linux has dropped for the UDP socket at this address, because its receive buffer was full: the
 * last column of /proc/net/udp. Undefined on systems without that file.
 *
 * Source: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export async function kernelDrops(address: string, port: number, family: 4 | 6): Promise<number | undefined> {
  const file = family === 6 ? '/proc/net/udp6' : '/proc/net/udp'
  const table = await readFile(file, 'utf8').catch(() => '')
  return dropsIn(table, addressInHex(address, family), port)
}

/** The drops of the unconnected socket at `addressHex`, in the text of /proc/net/udp. */
export function dropsIn(table: string, addressHex: string, port: number): number | undefined {
  const local = `${addressHex}:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/)
    if (columns[1] === local && /^0+:0000$/.test(columns[2] ?? '')) return Number(columns.at(-1))
  }
  return undefined
}

/** An address as the kernel prints it: each four bytes as one number in the machine's byte order. */
export function addressInHex(address: string, family: 4 | 6, order: 'LE' | 'BE' = endianness()): string {
  const bytes = family === 6 ? bytesOfIPv6(address) : address.split('.').map(Number)
  const words: string[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4)
    words.push(Buffer.from(order === 'LE' ? word.reverse() : word).toString('hex'))
  }
  return words.join('').toUpperCase()
}

function bytesOfIPv6(address: string): number[] {
  const [head = [], tail] = (address.split('%')[0] ?? '').split('::').map(groups)
  const filled =
    tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail]
  return [...filled].flatMap((group) => [group >> 8, group & 0xff])
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
