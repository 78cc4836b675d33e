import { createSocket, type Socket } from 'node:dgram'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerData } from './udp-receiver.ts'

/**
 * Receives datagrams and does nothing else, so that none is lost while the main thread is busy. Posts them in batches.
 * When MAX_WAITING datagrams wait for the main thread, further ones are dropped and counted.
 */
const MAX_WAITING = 50_000
/** How long a batch collects datagrams, so that many are stored in one commit. */
const GATHER_MS = 20
/** Without a datagram for this long, the kernel's buffer is taken to be empty. */
const QUIET_MS = 100
const MAX_DRAIN_MS = 1_000

const port = parentPort
if (!port) throw new Error('the UDP worker is started by the receiver')
const { host, port: udpPort, family, receiveBufferBytes, taken } = workerData as WorkerData
const takenCount = new Int32Array(taken)

let batch: string[] = []
let posted = 0
let lost = 0
/** By `performance.now()`, which a clock that is set does not move. */
let lastArrival = performance.now()

const post = (message: FromWorker) => port.postMessage(message)

const flush = () => {
  if (batch.length === 0 && lost === 0) return
  posted += batch.length
  post({ kind: 'batch', datagrams: batch, lost })
  batch = []
  lost = 0
}

const socket: Socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4' })
socket.on('message', (message) => {
  lastArrival = performance.now()
  if (posted + batch.length - Atomics.load(takenCount, 0) >= MAX_WAITING) lost++
  else batch.push(message.toString('utf8'))
  if (batch.length + lost === 1) setTimeout(flush, GATHER_MS)
})
socket.on('error', (error: NodeJS.ErrnoException) =>
  post({ kind: 'error', code: error.code ?? '', text: error.message }),
)
socket.bind({ address: host, port: udpPort, exclusive: true }, () => {
  try {
    socket.setRecvBufferSize(receiveBufferBytes)
  } catch {
    // The system refused the size, and keeps its default.
  }
  post({ kind: 'bound', port: socket.address().port, receiveBufferBytes: socket.getRecvBufferSize() })
})

port.on('message', (message: ToWorker) => {
  if (message !== 'stop') return
  const startedAt = performance.now()
  const poll = setInterval(() => {
    const now = performance.now()
    const isQuiet = now - Math.max(lastArrival, startedAt) >= QUIET_MS
    if (!isQuiet && now - startedAt < MAX_DRAIN_MS) return
    clearInterval(poll)
    socket.close(() => {
      flush()
      post({ kind: 'stopped' })
      port.close()
    })
  }, QUIET_MS / 4)
})
