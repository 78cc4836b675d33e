import { createSocket, Socket, type SocketType } from 'node:dgram'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Delivery } from '../delivery.ts'
import { DaemonSocket } from './daemon-socket.ts'

const TRACE = '6b0359b306368b5bae022778cb47cac6'
const open: Socket[] = []

afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
  vi.useRealTimers()
})

/** A daemon that only counts; its port is free after `close`. */
async function listen(port = 0, type: SocketType = 'udp4', host = '127.0.0.1') {
  const socket = createSocket(type)
  const received: string[] = []
  socket.on('message', (message) => received.push(message.toString()))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, resolve)
  })
  open.push(socket)
  return {
    port: socket.address().port,
    received,
    close: () => new Promise<void>((resolve) => open.pop()?.close(resolve)),
  }
}

/** A port where nothing listens. */
async function freePort(type: SocketType = 'udp4', host = '127.0.0.1'): Promise<number> {
  const { port, close } = await listen(0, type, host)
  await close()
  return port
}

function connect(host: string, port: number, ...lookUp: string[][]) {
  const lines: string[] = []
  const delivery = new Delivery((line) => lines.push(line))
  const addresses = lookUp.map((all) => all.map((address) => ({ address, family: 4 })))
  const socket = new DaemonSocket(
    { host, port },
    delivery,
    ...(addresses.length === 0
      ? []
      : [async () => (addresses.length > 1 ? addresses.shift() : addresses[0]) ?? []]),
  )
  const send = (count = 1) => {
    delivery.started(count)
    for (let i = 0; i < count; i++) socket.send(`{"i":${i}}`, TRACE)
  }
  return { delivery, socket, send, lines }
}

describe('where no daemon listens every datagram is counted as refused', () => {
  test.each([
    ['127.0.0.1', 'udp4'],
    ['::1', 'udp6'],
  ] as const)('in bursts, on %s', async (host, type) => {
    const { delivery, socket, send } = connect(host, await freePort(type, host))
    for (let i = 0; i < 20; i++) {
      send(50)
      await nextTurn()
    }
    await socket.flush()
    expect(delivery.report()).toMatchObject({
      accepted: 0,
      refused: 1_000,
      dropped: 0,
      unconfirmed: 0,
      pending: 0,
    })
  })

  test('one at a time, without a later one', async () => {
    const { delivery, socket, send } = connect('127.0.0.1', await freePort())
    await socket.flush()
    send()
    await expect.poll(() => delivery.report().refused, { interval: 5 }).toBe(1)
    for (let i = 0; i < 50; i++) {
      send()
      await delay(1)
    }
    await expect.poll(() => delivery.report().refused).toBe(51)
    expect(delivery.report()).toMatchObject({ accepted: 0, unconfirmed: 0, dropped: 0, failing: true })
  })
})

test('a datagram that the system does not take is dropped, with its reason, and costs no other', async () => {
  const daemon = await listen()
  const { delivery, socket, send } = connect('127.0.0.1', daemon.port)
  delivery.started()
  socket.send('x'.repeat(70_000), TRACE)
  send()
  await socket.flush()
  expect(delivery.report()).toMatchObject({ dropped: 1, unconfirmed: 1, refused: 0, pending: 0 })
  expect(delivery.report().lastError?.message).toMatch(/^a segment is too large .*EMSGSIZE/)
})

test('while no daemon listens one line is logged, however long that takes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { delivery, socket, send, lines } = connect('127.0.0.1', await freePort())
  for (let i = 1; i <= 5; i++) {
    send()
    await socket.flush()
    for (let turn = 0; turn < 100 && delivery.report().refused < i; turn++) await nextTurn()
    expect(delivery.report()).toMatchObject({ refused: i, failing: true })
    await vi.advanceTimersByTimeAsync(1_500)
  }
  expect(lines).toHaveLength(1)
})

test('what the daemon receives is unconfirmed, never accepted', async () => {
  const daemon = await listen()
  const { delivery, socket, send, lines } = connect('127.0.0.1', daemon.port)
  send(3)
  await socket.flush()
  await expect
    .poll(() => daemon.received)
    .toEqual([0, 1, 2].map((i) => `{"format":"json","version":1}\n{"i":${i}}`))
  expect(delivery.report()).toMatchObject({ accepted: 0, refused: 0, dropped: 0, unconfirmed: 3, pending: 0 })
  expect(delivery.report().recentTraceIds).toEqual([TRACE])
  expect(lines).toEqual([])
})

test('one line when the daemon does not listen, and one when it does again', async () => {
  const port = await freePort()
  const { delivery, send, lines } = connect('127.0.0.1', port)
  const sending = setInterval(() => send(), 5)
  try {
    await expect.poll(() => delivery.report().refused).toBeGreaterThan(50)
    expect(lines).toEqual([
      `no X-Ray daemon listens at 127.0.0.1:${port} (UDP): start it, or correct the option xray.daemon (AWS_XRAY_DAEMON_ADDRESS)`,
    ])
    const daemon = await listen(port)
    const { refused } = delivery.report()
    await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(2)
    expect(lines[1]).toMatch(/^delivering again after \d+ s; \d+ lost$/)
    expect(delivery.report()).toMatchObject({ failing: false, dropped: 0 })
    expect(delivery.report().refused).toBeLessThan(refused + 20)
    expect(delivery.report().unconfirmed).toBeLessThanOrEqual(daemon.received.length + 5)
  } finally {
    clearInterval(sending)
  }
})

test('a datagram that is too large is dropped with the reason', async () => {
  const daemon = await listen()
  const { delivery, socket } = connect('127.0.0.1', daemon.port)
  delivery.started()
  socket.send('x'.repeat(70_000), TRACE)
  await socket.flush()
  expect(delivery.report()).toMatchObject({ dropped: 1, unconfirmed: 0, pending: 0 })
  expect(delivery.report().lastError?.message).toContain('EMSGSIZE')
})

describe('what the system says of each datagram decides what it counts as', () => {
  const refused = Object.assign(new Error('send ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const unreachable = Object.assign(new Error('send ENETUNREACH'), { code: 'ENETUNREACH' })

  /** A connected socket. Its datagrams have these results, one after the other; all later ones have the last. */
  async function sendWith(results: (Error | null)[]) {
    const port = await freePort()
    const sending = vi
      .spyOn(Socket.prototype, 'send')
      .mockImplementation(((_text: string, done: (error: Error | null) => void) =>
        done((results.length > 1 ? results.shift() : results[0]) ?? null)) as never)
    onTestFinished(() => sending.mockRestore())
    const connected = connect('127.0.0.1', port)
    await connected.socket.flush()
    return { ...connected, sending }
  }

  test('a report is of a datagram before it, and the datagram that met it is sent again', async () => {
    const { delivery, send, sending } = await sendWith([null, null, null, refused, refused, null])
    send(4)
    expect(sending).toHaveBeenCalledTimes(6)
    expect(delivery.report()).toMatchObject({
      unconfirmed: 2,
      refused: 2,
      dropped: 0,
      pending: 0,
      failing: true,
    })
  })

  test('there are no more reports than datagrams that have left; after 50 tries one is dropped', async () => {
    const { delivery, send, sending } = await sendWith([null, refused])
    send()
    expect(delivery.report()).toMatchObject({ unconfirmed: 1, refused: 0 })
    send()
    expect(sending).toHaveBeenCalledTimes(51)
    expect(delivery.report()).toMatchObject({
      unconfirmed: 0,
      refused: 1,
      dropped: 1,
      pending: 0,
      failing: true,
    })
    expect(delivery.report().lastError?.message).toBe(
      'a segment could not be sent to the X-Ray daemon: send ECONNREFUSED',
    )
  })

  test('another error drops the datagram, which was not sent, and is a failure', async () => {
    const { delivery, send, sending } = await sendWith([unreachable, null])
    send(2)
    expect(sending).toHaveBeenCalledTimes(2)
    expect(delivery.report()).toMatchObject({
      unconfirmed: 1,
      refused: 0,
      dropped: 1,
      pending: 0,
      failing: true,
    })
  })

  test('so does an error that is thrown', async () => {
    const { delivery, send, sending } = await sendWith([null])
    sending.mockImplementationOnce(() => {
      throw new Error('not running')
    })
    send(2)
    expect(delivery.report()).toMatchObject({
      unconfirmed: 1,
      refused: 0,
      dropped: 1,
      pending: 0,
      failing: true,
    })
  })

  test('two seconds after a datagram left without a failure since, deliveries succeed again', async () => {
    const { delivery, send } = await sendWith([unreachable, null, null, unreachable, null])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    send(2)
    vi.advanceTimersByTime(1_500)
    // A later success does not prolong the time; a failure begins it anew.
    send(3)
    vi.advanceTimersByTime(1_999)
    expect(delivery.report()).toMatchObject({ unconfirmed: 3, dropped: 2, failing: true })
    send()
    vi.advanceTimersByTime(1)
    expect(delivery.report()).toMatchObject({ unconfirmed: 4, dropped: 2, failing: false })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a name', () => {
  test('with an IPv4 and an IPv6 address stands for the IPv4 address, where daemons listen', async () => {
    const daemon = await listen()
    const delivery = new Delivery(() => {})
    const socket = new DaemonSocket({ host: 'daemon', port: daemon.port }, delivery, async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ])
    delivery.started()
    socket.send('{}', TRACE)
    await expect.poll(() => daemon.received).toHaveLength(1)
    expect(delivery.report()).toMatchObject({ unconfirmed: 1, refused: 0, pending: 0 })
  })

  test('that cannot be looked up again keeps its address', async () => {
    const daemon = await listen()
    vi.useFakeTimers({ toFake: ['performance'] })
    const { delivery, socket, send, lines } = connect('daemon', daemon.port, ['127.0.0.1'], [], [])
    await socket.flush()
    for (let count = 1; count <= 2; count++) {
      vi.advanceTimersByTime(61_000)
      send()
      for (let turn = 0; turn < 1_000 && daemon.received.length < count; turn++) await nextTurn()
    }
    expect(daemon.received).toHaveLength(2)
    expect(lines).toEqual([])
    expect(delivery.report()).toMatchObject({ unconfirmed: 2, failing: false })
  })

  test.skipIf(process.platform !== 'linux')(
    'of an address that cannot be connected to is looked up again, and what waits is sent then',
    async () => {
      const daemon = await listen()
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      // A socket must ask for the right to broadcast.
      const { delivery, send, lines } = connect('daemon', daemon.port, ['255.255.255.255'], ['127.0.0.1'])
      send(3)
      await expect.poll(() => lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^the address of the X-Ray daemon cannot be used: .*EACCES/)
      expect(delivery.report()).toMatchObject({ pending: 3, dropped: 0 })
      await vi.advanceTimersByTimeAsync(5_000)
      await expect.poll(() => daemon.received.length).toBe(3)
      expect(delivery.report()).toMatchObject({ unconfirmed: 3, dropped: 0, pending: 0 })
    },
  )

  test('is looked up after more than a minute, or after a report more than five seconds later', async () => {
    const port = await freePort()
    vi.useFakeTimers({ toFake: ['performance'] })
    const connecting = vi.spyOn(Socket.prototype, 'connect')
    onTestFinished(() => connecting.mockRestore())
    const lookUp = vi.fn(async () => [{ address: '127.0.0.1', family: 4 }])
    const delivery = new Delivery(() => {})
    const socket = new DaemonSocket({ host: 'daemon', port }, delivery, lookUp)
    await socket.flush()
    /** How often the name has been looked up when the datagram has arrived, or has been reported. */
    const sendAfter = async (ms: number, hasArrived: () => boolean) => {
      vi.advanceTimersByTime(ms)
      delivery.started()
      socket.send('{}', TRACE)
      for (let turn = 0; turn < 1_000 && !hasArrived(); turn++) await nextTurn()
      expect(hasArrived()).toBe(true)
      return lookUp.mock.calls.length
    }
    expect(await sendAfter(5_000, () => delivery.report().refused === 1)).toBe(1)
    expect(await sendAfter(1, () => delivery.report().refused === 2)).toBe(2)
    expect(await sendAfter(5_000, () => delivery.report().refused === 3)).toBe(2)
    const daemon = await listen(port)
    expect(await sendAfter(55_000, () => daemon.received.length === 1)).toBe(2)
    expect(await sendAfter(1, () => daemon.received.length === 2)).toBe(3)
    // A new socket would not be told of datagrams that another has sent.
    expect(connecting).toHaveBeenCalledTimes(1)
  })

  test('is looked up once for many datagrams, and again after a minute', async () => {
    const daemon = await listen()
    vi.useFakeTimers({ toFake: ['performance'] })
    let lookUps = 0
    const observer = new PerformanceObserver((list) => {
      lookUps += list.getEntries().filter(({ name }) => name === 'lookup').length
    })
    observer.observe({ entryTypes: ['dns'] })
    try {
      const { socket, send } = connect('localhost', daemon.port)
      send(10)
      await socket.flush()
      send(10)
      await expect.poll(() => daemon.received.length).toBe(20)
      await expect.poll(() => lookUps).toBe(1)
      vi.advanceTimersByTime(61_000)
      send(10)
      await expect.poll(() => lookUps).toBe(2)
      await expect.poll(() => daemon.received.length).toBe(30)
    } finally {
      observer.disconnect()
    }
  })

  test('that is unknown keeps a thousand documents, drops the oldest, and drops all at a flush', async () => {
    const { delivery, socket, send, lines } = connect('nowhere.invalid', 2000)
    send(1_200)
    expect(delivery.report()).toMatchObject({ pending: 1_000, dropped: 200 })
    await socket.flush()
    expect(delivery.report()).toMatchObject({ pending: 0, dropped: 1_200, unconfirmed: 0, failing: true })
    expect(lines).toEqual([
      'more than 1000 segments waited for its address',
      expect.stringMatching(/^the address of the X-Ray daemon cannot be used/),
    ])
  })

  test('is looked up again until it has an address, and what waits is sent then', async () => {
    const daemon = await listen()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { delivery, send, lines } = connect('daemon', daemon.port, [], ['127.0.0.1'])
    send(3)
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toBe(
      'the address of the X-Ray daemon cannot be used: daemon has no address (the option xray.daemon, AWS_XRAY_DAEMON_ADDRESS)',
    )
    await vi.advanceTimersByTimeAsync(5_000)
    await expect.poll(() => daemon.received.length).toBe(3)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(delivery.report()).toMatchObject({ unconfirmed: 3, dropped: 0, pending: 0, failing: false })
    expect(lines).toHaveLength(2)
  })

  test.skipIf(process.platform !== 'linux')(
    'that has another address after a minute, or after a datagram was refused, is connected to anew',
    async () => {
      const first = await listen()
      const second = await listen(first.port, 'udp4', '127.0.0.2')
      const third = await listen(first.port, 'udp4', '127.0.0.3')
      vi.useFakeTimers({ toFake: ['performance'] })
      const { socket, send } = connect(
        'daemon',
        first.port,
        ['127.0.0.1'],
        ['127.0.0.2', '127.0.0.1'],
        ['127.0.0.4'],
        ['127.0.0.3'],
      )
      const sendOne = async (afterMs: number) => {
        vi.advanceTimersByTime(afterMs)
        send()
        await socket.flush()
        await delay(5)
      }
      await sendOne(0)
      await sendOne(61_000)
      await sendOne(1_000)
      // The address in use is still one of the name's, so it is kept.
      expect(first.received).toHaveLength(3)
      await sendOne(61_000)
      // Sent to an address where nothing listens, which is reported.
      expect(first.received).toHaveLength(4)
      await sendOne(6_000)
      await expect
        .poll(async () => {
          await sendOne(0)
          return third.received.length
        })
        .toBeGreaterThan(0)
      expect(second.received).toEqual([])
    },
  )
})
