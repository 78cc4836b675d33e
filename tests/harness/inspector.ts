import { once } from 'node:events'
import { readdirSync } from 'node:fs'

/** How a process uses memory and the system, right after a garbage collection. */
export interface Usage {
  /** Bytes. */
  readonly rss: number
  /** Bytes in objects, and in buffers outside of the heap. */
  readonly heap: number
  readonly buffers: number
  /** What keeps the event loop alive: sockets, timers, servers. */
  readonly resources: number
  /** Open files and sockets; undefined on a system without /proc. */
  readonly descriptors: number | undefined
}

/**
 * Collects garbage in a process that was started with `--inspect=127.0.0.1:<port>`, and reads its usage. Only with a
 * collection does a heap that grows differ from one that has not been collected yet.
 */
export async function readUsage(pid: number, port: number): Promise<Usage> {
  const descriptors = countDescriptors(pid)
  using inspector = await connect(port)
  // The first pass runs finalizers, whose objects the second one frees.
  await inspector.send('HeapProfiler.collectGarbage')
  await inspector.send('HeapProfiler.collectGarbage')
  const { rss, heapUsed, external, resources } = await inspector.evaluate<
    NodeJS.MemoryUsage & { resources: number }
  >('({ ...process.memoryUsage(), resources: process.getActiveResourcesInfo().length })')
  return { rss, heap: heapUsed, buffers: external, resources, descriptors }
}

/** The value of an expression in a process that was started with `--inspect=127.0.0.1:<port>`. */
export async function evaluateIn<Value>(port: number, expression: string): Promise<Value> {
  using inspector = await connect(port)
  return await inspector.evaluate<Value>(expression)
}

interface ProtocolAnswer {
  /** Events have none. */
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Source: https://chromedevtools.github.io/devtools-protocol/ */
async function connect(port: number) {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const waiting = new Map<number, (answer: ProtocolAnswer) => void>()
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const answer = JSON.parse(data) as ProtocolAnswer
    waiting.get(answer.id ?? 0)?.(answer)
  })
  let lastId = 0
  const send = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++lastId
    const answered = new Promise<ProtocolAnswer>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await answered
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  return {
    send,
    async evaluate<Value>(expression: string): Promise<Value> {
      const answer = await send('Runtime.evaluate', { expression, returnByValue: true })
      return (answer as { result: { value: Value } }).result.value
    },
    // Node's inspector does not answer the closing handshake, so there is no event to wait for.
    [Symbol.dispose]: () => socket.close(),
  }
}

function countDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}
