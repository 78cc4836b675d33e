import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { HostPort } from '../../contracts/daemon-address.ts'
import { freePort } from './ports.ts'
import { eventually } from './wait-for.ts'

export interface DatagramProxy extends AsyncDisposable {
  /** Where the target is reached through the proxy. */
  readonly address: HostPort
  /** `hang`: datagrams arrive and go no further. A delay in ms. Undefined passes them on. */
  fault: 'hang' | { readonly delayMs: number } | undefined
  /** Resolves when every delayed datagram has been passed on. */
  passedOn(): Promise<unknown>
  /** Closes the port, which the system tells the sender by ICMP. */
  refuse(): Promise<void>
  /** Opens the port again. */
  accept(): Promise<void>
}

const HOST = '127.0.0.1'

/** Passes datagrams on to `target`, as the X-Ray daemon's port. */
export async function startDatagramProxy(target: HostPort): Promise<DatagramProxy> {
  const port = await freePort()
  const out = createSocket('udp4')
  let socket: Socket | undefined
  let waiting = 0
  const pass = (datagram: Buffer) => out.send(datagram, target.port, target.host, () => waiting--)
  const proxy: DatagramProxy = {
    address: { host: HOST, port },
    fault: undefined,
    passedOn: () =>
      eventually(
        () => waiting,
        (count) => count === 0,
      ),
    async refuse() {
      const closing = socket
      socket = undefined
      if (closing) await new Promise<void>((closed) => closing.close(closed))
    },
    async accept() {
      if (socket) return
      socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
      socket.on('message', (datagram) => {
        const { fault } = proxy
        if (fault !== 'hang') waiting++
        if (fault === undefined) pass(datagram)
        else if (fault !== 'hang') setTimeout(() => pass(datagram), fault.delayMs)
      })
      socket.bind(port, HOST)
      await once(socket, 'listening')
    },
    async [Symbol.asyncDispose]() {
      await proxy.refuse()
      await new Promise<void>((closed) => out.close(closed))
    },
  }
  await proxy.accept()
  return proxy
}
