import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sharedWorkspace } from './harness/shared-workspace.ts'

/** 127.0.0.1 as /proc/net has it: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html */
const LOOPBACK = '0100007F'
/** TCP's LISTEN, and the state of a UDP socket that is not connected. */
const WAITS = { tcp: '0A', udp: '07', tcp6: '0A', udp6: '07' }

/** The local addresses at which a process waits for others, as `tcp 0100007F:11D7`. */
function listeningAddresses(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  return Object.entries(WAITS).flatMap(([protocol, waiting]) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = '']) => state === waiting && inodes.has(inode))
      .map(([, local = '']) => `${protocol} ${local}`),
  )
}

test.skipIf(process.platform !== 'linux')('every socket of a workspace is at 127.0.0.1', async () => {
  const workspace = await sharedWorkspace()
  const found = ['sandbox', 'profiles', 'api'].map((name) => listeningAddresses(workspace.pidOf(name)))
  const [sandbox = [], profiles = [], api = []] = found
  // HTTP, gRPC, and the daemon's two.
  expect([sandbox.length, profiles.length, api.length], found.join()).toEqual([4, 1, 1])
  const addresses = found.flat().map((address) => address.replace(/^\w+ |:\w+$/g, ''))
  expect(new Set(addresses)).toEqual(new Set([LOOPBACK]))
})
