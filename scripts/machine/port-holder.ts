import { readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { Port } from '../../contracts/workspace-state.ts'
import { userName } from '../../settings/owner.ts'
import { readOrUndefined } from './process-facts.ts'

type Address = Pick<Port, 'port' | 'protocol' | 'host'>

export interface PortHolder {
  readonly name: string
  readonly pid: number
}

/** The process that holds a port; undefined where it cannot be known (another user's process, a container's). */
export async function findPortHolder(address: Address): Promise<PortHolder | undefined> {
  return process.platform === 'linux' ? findInProc(address) : findByLsof(address)
}

function findInProc(address: Address): PortHolder | undefined {
  const inodes = new Set(findSockets(address).map(({ inode }) => `socket:[${inode}]`))
  if (inodes.size === 0) return undefined
  for (const pid of listPids()) {
    if (listOpenFiles(pid).some((target) => inodes.has(target))) return { pid, name: nameOf(pid) }
  }
  return undefined
}

/** The sockets that keep the port from being bound. */
function findSockets({ port, protocol, host }: Address): Socket[] {
  const sockets = [protocol, `${protocol}6`].flatMap((table) =>
    parseSocketTable(readOrUndefined(`/proc/net/${table}`) ?? '', protocol),
  )
  const onPort = sockets.filter((socket) => socket.port === port)
  const [ipv4, wildcard] = [encodeAddress(host), /^0+$/]
  const blocking = onPort.filter(({ address }) => wildcard.test(address) || address.endsWith(ipv4))
  return blocking.length > 0 ? blocking : onPort
}

/** The user whose program holds a port, where its process cannot be seen; undefined where that is unknown too. */
export function findPortUser(address: Address): string | undefined {
  if (process.platform !== 'linux') return undefined
  const uid = findSockets(address).find((socket) => socket.uid !== process.getuid?.())?.uid
  return uid === undefined ? undefined : userName(uid)
}

interface Socket {
  /** Hexadecimal; an IPv4 address as it is or at the end of an IPv6 one. */
  readonly address: string
  readonly port: number
  readonly uid: number
  readonly inode: string
}

/** Reads /proc/net/{tcp,tcp6,udp,udp6} (proc_pid_net(5)); of TCP only listening sockets. */
export function parseSocketTable(table: string, protocol: 'tcp' | 'udp'): Socket[] {
  const LISTEN = '0A' // TCP_LISTEN in the kernel's include/net/tcp_states.h
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/)
      const [address, port] = local?.split(':') ?? []
      if (!address || !port || !inode || (protocol === 'tcp' && state !== LISTEN)) return []
      return [{ address, port: Number.parseInt(port, 16), uid: Number(uid), inode }]
    })
}

/** An IPv4 address as the kernel prints it: its bytes in the machine's order, little-endian on x64 and arm64. */
function encodeAddress(host: string): string {
  const bytes = host.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  return bytes.reverse().join('').toUpperCase()
}

function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function listOpenFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return [] // Another user's process, or one that has ended.
  }
}

/** By the command line: the `comm` of a node process is the name of its main thread. */
function nameOf(pid: number): string {
  const [command] = readOrUndefined(`/proc/${pid}/cmdline`)?.split('\0') ?? []
  return (command && basename(command)) || readOrUndefined(`/proc/${pid}/comm`)?.trim() || 'another program'
}

async function findByLsof({ port, protocol }: Address): Promise<PortHolder | undefined> {
  const { $ } = await import('zx')
  const what = protocol === 'tcp' ? [`-iTCP:${port}`, '-sTCP:LISTEN'] : [`-iUDP:${port}`]
  const { stdout } = await $({ quiet: true, nothrow: true })`lsof -nP ${what} -F pc`
  return parseLsof(stdout)
}

/** Reads `lsof -F pc`: one field a line, `p<pid>` and then `c<command>`. */
export function parseLsof(output: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1]
  const name = /^c(.+)$/m.exec(output)?.[1]
  return pid === undefined ? undefined : { pid: Number(pid), name: name ?? 'another program' }
}
