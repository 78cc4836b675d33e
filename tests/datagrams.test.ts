import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { machineCpuMs, ownCpuMs } from './harness/cpu.ts'
import { sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { eventually } from './harness/wait-for.ts'

const SENDER = join(import.meta.dirname, 'fixtures', 'send-datagrams.ts')
const SECONDS = scaled(1, 10)
/** How long a busy machine may take to store what it has received (ms). */
const STORED_MS = 40_000
/** Of one core, that other processes may use while it is certain that no datagram is lost. */
const MAX_OTHERS = 0.2
/** How often a load is repeated that lost datagrams while other processes used more. */
const ATTEMPTS = 3
/** Debian's default limit for a socket's buffer (net.core.rmem_max, bytes). */
const STOCK_BUFFER = 212_992
const MB = 1024 * 1024
const ANY_ADDRESS = { host: '127.0.0.1', port: 0 }

interface Load {
  /** 0 means as fast as possible. */
  readonly perSecond: number
  /** Of the daemon's socket (bytes). */
  readonly buffer: number
}

describe.skipIf(process.platform !== 'linux')(
  'every datagram that is sent is stored, or counted as dropped by the sandbox or the kernel',
  { timeout: ATTEMPTS * (SECONDS * 1_000 + STORED_MS) },
  () => {
    test.for<Load>([
      { perSecond: scaled(2_000, 5_000), buffer: STOCK_BUFFER },
      { perSecond: scaled(3_000, 10_000), buffer: 4 * MB },
    ])(
      `none is lost: $perSecond a second for ${SECONDS} s, a buffer of $buffer bytes`,
      async (load, context) => {
        let { lost, others } = await measure(load)
        for (let attempt = 2; attempt <= ATTEMPTS && lost > 0 && others >= MAX_OTHERS; attempt++)
          ({ lost, others } = await measure(load))
        // The kernel drops what a process cannot read because others have the cores.
        if (lost > 0 && others >= MAX_OTHERS) {
          const why = `other processes used ${others.toFixed(2)} of a core, more than ${MAX_OTHERS}`
          // The reporter shows the number of skipped tests alone.
          console.warn(`datagrams: skipped, nothing is proved: ${why}`)
          context.skip(why)
        }
        expect(lost).toBe(0)
      },
    )

    test('as fast as possible, the kernel drops some', async () => {
      expect((await measure({ perSecond: 0, buffer: 4_096 })).kernelDrops).toBeGreaterThan(0)
    })
  },
)

/** Sends to a sandbox, and waits until it has counted each datagram. `others`: the cores that other processes used meanwhile. */
async function measure({ perSecond, buffer }: Load) {
  await using sandbox = await sandboxForTest({
    daemon: { udp: ANY_ADDRESS, tcp: ANY_ADDRESS, receiveBufferBytes: buffer },
  })
  const machineBefore = machineCpuMs() ?? 0
  const [ownBefore, startedMs] = [ownCpuMs(), performance.now()]
  const sending = await sendDatagrams(sandbox.daemon.udp?.port ?? 0, perSecond)
  const othersMs = (machineCpuMs() ?? 0) - machineBefore - (ownCpuMs() - ownBefore) - sending.cpuMs
  const others = othersMs / (performance.now() - startedMs)
  const { sent } = sending
  const { received, dropped, kernelDrops } = await eventually(
    async () => {
      const { received, dropped, kernelDrops = 0 } = (await sandbox.counts()).xray
      return { received, dropped, kernelDrops }
    },
    ({ received, dropped, kernelDrops }) => received + dropped + kernelDrops === sent,
    STORED_MS,
  )
  console.info(
    `datagrams: ${sent} sent at ${sending.perSecond}/s, ${received} stored, ${dropped} dropped, ${kernelDrops} dropped by ` +
      `the kernel (buffer of ${buffer} bytes); others used ${others.toFixed(2)} of a core`,
  )
  expect(received).toBeGreaterThan(0)
  return { kernelDrops, lost: sent - received, others }
}

interface Sent {
  readonly sent: number
  readonly perSecond: number
  /** Of the sending process. */
  readonly cpuMs: number
}

async function sendDatagrams(port: number, perSecond: number): Promise<Sent> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [SENDER, port, perSecond, SECONDS].map(String),
  )
  return JSON.parse(stdout)
}
