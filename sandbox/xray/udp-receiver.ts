import { Worker } from 'node:worker_threads'

export interface UdpAddress {
  readonly host: string
  readonly port: number
  readonly family: 4 | 6
  /** Requested; the system may grant less. */
  readonly receiveBufferBytes: number
}

export interface WorkerData extends UdpAddress {
  /** One Int32: how many datagrams the main thread has handled. */
  readonly taken: SharedArrayBuffer
}

export type ToWorker = 'stop'

export type FromWorker =
  | { readonly kind: 'bound'; readonly port: number; readonly receiveBufferBytes: number }
  | { readonly kind: 'error'; readonly code: string; readonly text: string }
  | { readonly kind: 'batch'; readonly datagrams: readonly string[]; readonly lost: number }
  | { readonly kind: 'stopped' }

export interface UdpReceiver {
  readonly port: number
  /** As the system reports it. Linux includes its overhead and reports twice the requested size. */
  readonly receiveBufferBytes: number
  /** Reads the datagrams in the kernel's buffer, waits until they are handled, and ends. */
  close(): Promise<void>
}

/**
 * Receives datagrams in a worker thread and passes them to `onBatch`, with the number of datagrams lost since the last
 * batch. Rejects with the socket's error code (EADDRINUSE, …) if it cannot be bound.
 */
export async function startUdpReceiver(
  address: UdpAddress,
  onBatch: (datagrams: readonly string[], lost: number) => Promise<void>,
  onInternalError: (error: unknown) => void,
): Promise<UdpReceiver> {
  const taken = new SharedArrayBuffer(4)
  const takenCount = new Int32Array(taken)
  const workerData: WorkerData = { ...address, taken }
  const worker = new Worker(new URL('./udp-worker.ts', import.meta.url), { workerData })
  const bound = Promise.withResolvers<{ port: number; receiveBufferBytes: number }>()
  const stopped = Promise.withResolvers<void>()
  const inHand = new Set<Promise<void>>()

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'bound') bound.resolve(message)
    if (message.kind === 'error') bound.reject(Object.assign(new Error(message.text), { code: message.code }))
    if (message.kind === 'stopped') stopped.resolve()
    if (message.kind === 'batch') {
      const handled = onBatch(message.datagrams, message.lost).finally(() => {
        Atomics.add(takenCount, 0, message.datagrams.length)
        inHand.delete(handled)
      })
      inHand.add(handled)
    }
  })
  worker.on('error', (error) => {
    bound.reject(error)
    onInternalError(error)
  })
  worker.on('exit', () => stopped.resolve())

  try {
    const { port, receiveBufferBytes } = await bound.promise
    return {
      port,
      receiveBufferBytes,
      async close() {
        worker.postMessage('stop' satisfies ToWorker)
        await stopped.promise
        await Promise.all(inHand)
        await worker.terminate()
      },
    }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}
