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
/** Of one core, that others may use while it is certain that no datagram is lost. */
const MAX_OTHERS = 0.2
/** Debian's default limit for a socket's buffer (net.core.rmem_max, bytes). */
const STOCK_BUFFER = 212_992
const MB = 1024 * 1024
const ANY_ADDRESS = { host: '127.0.0.1', port: 0 }

describe.skipIf(process.platform !== 'linux')(
  'every datagram that is sent is stored, or counted as dropped by the sandbox or the kernel',
  () => {
    test.each([
      { perSecond: scaled(2_000, 5_000), buffer: STOCK_BUFFER, mustLose: false },
      { perSecond: scaled(3_000, 10_000), buffer: 4 * MB, mustLose: false },
      // As fast as possible.
      { perSecond: 0, buffer: 4_096, mustLose: true },
    ])(`$perSecond a second for ${SECONDS} s, a buffer of $buffer bytes`, async (load) => {
      await using sandbox = await sandboxForTest({
        daemon: { udp: ANY_ADDRESS, tcp: ANY_ADDRESS, receiveBufferBytes: load.buffer },
      })
      const machineBefore = machineCpuMs() ?? 0
      const [ownBefore, startedMs] = [ownCpuMs(), performance.now()]
      const { sent, perSecond, cpuMs } = await sendDatagrams(sandbox.daemon.udp?.port ?? 0, load.perSecond)
      const othersMs = (machineCpuMs() ?? 0) - machineBefore - (ownCpuMs() - ownBefore) - cpuMs
      const others = othersMs / (performance.now() - startedMs)
      const counts = await eventually(
        async () => (await sandbox.counts()).xray,
        ({ received, dropped, kernelDrops = 0 }) => received + dropped + kernelDrops === sent,
        STORED_MS,
      )
      console.info(
        `datagrams: ${sent} sent at ${perSecond}/s, ${counts.received} stored, ${counts.dropped} dropped, ` +
          `${counts.kernelDrops} dropped by the kernel (buffer of ${load.buffer} bytes); others used ${others.toFixed(2)} of a core`,
      )
      expect(counts.received).toBeGreaterThan(0)
      if (load.mustLose) expect(counts.kernelDrops).toBeGreaterThan(0)
      else if (others < MAX_OTHERS)
        expect(counts).toMatchObject({ received: sent, dropped: 0, kernelDrops: 0 })
    })
  },
)

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
