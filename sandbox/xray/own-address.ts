import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * Resolves a host name to an address of this machine, to listen on. Undefined where it names another machine, or
 * none: then somebody else listens there.
 */
export async function ownAddress(host: string): Promise<{ address: string; family: 4 | 6 } | undefined> {
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host)
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const isOwn = (address: string) =>
    address === '0.0.0.0' ||
    address === '::' ||
    address.startsWith('127.') ||
    own.some((one) => one.address === address)
  const mine = found.find(({ address }) => isOwn(address))
  return mine && { address: mine.address, family: mine.family === 6 ? 6 : 4 }
}

async function resolve(host: string) {
  const addresses = await lookup(host, { all: true }).catch(() => [])
  return addresses.toSorted((a, b) => a.family - b.family)
}
