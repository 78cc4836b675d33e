import { get } from 'node:http'
import { setInterval as everyMs } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newTraceId } from '../contracts/trace-id.ts'
import { cpuMs } from './harness/cpu.ts'
import type { RunningProcess } from './harness/process.ts'
import { JSON_TYPE, OTLP_JSON, otlpJson } from './harness/sandbox.ts'
import { IS_LONG, scaled } from './harness/scale.ts'
import { nanoOf } from './harness/viewer-data.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const WRITES = scaled(50, 250)
const WRITE_EVERY_MS = 40
const ERRORS = scaled(20, 200)
/** Of 95 %; the tests print the figures. */
const MAX_ANSWER_MS = 500
/** On a machine that is busy with other things: how many times as long as without watchers. */
const MAX_SLOWER = 3
/** Of one core, while 25 requests a second arrive. */
const MAX_CPU_SHARE = 0.5
const MAX_MEASUREMENTS = 3

describe('a class with open pages slows down no app', () => {
  let workspace: TestWorkspace
  let sandbox: RunningProcess
  /** Without watchers, 95 % of writes and of `/health` (ms). */
  let alone: { readonly writeMs: number; readonly healthMs: number }

  beforeAll(async () => {
    workspace = await createWorkspace()
    sandbox = await workspace.start('sandbox')
    for (let number = 0; number < ERRORS; number++) await sendError(number, newTraceId())
    alone = await measure('no watcher')
  })
  afterAll(async () => {
    await sandbox.stop()
    await workspace.dispose()
  })

  /** Milliseconds until the whole answer has arrived. */
  const timed = async (path: string, body?: string, headers: Record<string, string> = {}) => {
    const startMs = performance.now()
    const init = body === undefined ? {} : { method: 'POST', body, headers }
    const response = await fetch(new URL(path, workspace.sandbox), init)
    await response.arrayBuffer()
    expect(response.status).toBe(200)
    return performance.now() - startMs
  }

  /** As a page, to which the sandbox answers 503 when too many reads wait: it shows the next event then. */
  const read = async (path: string) => {
    const response = await fetch(new URL(path, workspace.sandbox))
    await response.arrayBuffer()
    expect(response.status).toBeOneOf([200, 503])
  }

  function sendError(number: number, traceId: string): Promise<number> {
    const text = `Error ${number}`
    const data = {
      environment: 'test',
      timestamp: Math.floor(Date.now() / 1_000),
      fingerprint: text,
      title: text,
      custom: { trace_id: traceId },
      body: { message: { body: text } },
    }
    const headers = { ...JSON_TYPE, 'x-rollbar-access-token': 'any' }
    return timed('/api/1/item/', JSON.stringify({ data }), headers)
  }

  /** Follows the live feed; `onEvent` runs again when it has ended and another event has come. */
  function watch(query: string, onEvent: () => Promise<unknown>): void {
    let isReading = false
    const request = get(new URL(`/sandbox/live?${query}`, workspace.sandbox), { agent: false }, (answer) => {
      answer.on('data', async (chunk) => {
        if (isReading || !String(chunk).includes('data: {"requests"')) return
        isReading = true
        await onEvent()
        isReading = false
      })
    })
    request.on('error', () => {})
    onTestFinished(() => void request.destroy())
  }

  async function measure(name: string) {
    const pid = sandbox.child.pid ?? 0
    const [cpuBefore, startMs] = [cpuMs(pid), performance.now()]
    const writes: Promise<number>[] = []
    const health: Promise<number>[] = []
    for await (const _ of everyMs(WRITE_EVERY_MS)) {
      const traceId = newTraceId()
      const times = { startTimeUnixNano: nanoOf(Date.now()), endTimeUnixNano: nanoOf(Date.now() + 5) }
      writes.push(timed('/v1/traces', otlpJson({ traceId, ...times }), OTLP_JSON))
      health.push(timed('/health'))
      if (writes.length % 5 === 0) writes.push(sendError(writes.length % ERRORS, traceId))
      if (writes.length >= WRITES) break
    }
    const writeMs = percentile95(await Promise.all(writes))
    const healthMs = percentile95(await Promise.all(health))
    // 0 on a system without /proc.
    const share = ((cpuMs(pid) ?? 0) - (cpuBefore ?? 0)) / (performance.now() - startMs)
    console.info(
      `${name}: 95 % of writes within ${writeMs} ms, of /health ${healthMs} ms, ${share.toFixed(2)} of a core`,
    )
    return { writeMs, healthMs, share }
  }

  /** Measures again where the machine was busy with other things: what watchers cost is in each measurement. */
  async function expectNotSlower(name: string): Promise<void> {
    for (let left = MAX_MEASUREMENTS; left > 0; left--) {
      const { writeMs, healthMs, share } = await measure(name)
      const isSlower = writeMs >= slowerThan(alone.writeMs) || healthMs >= slowerThan(alone.healthMs)
      if (isSlower && left > 1) continue
      expect(writeMs).toBeLessThan(slowerThan(alone.writeMs))
      expect(healthMs).toBeLessThan(slowerThan(alone.healthMs))
      expect(share).toBeLessThan(MAX_CPU_SHARE)
      return
    }
  }

  test('a hundred watchers with different filters', { timeout: 120_000 }, async () => {
    let events = 0
    for (let index = 0; index < 100; index++) {
      watch(`service=cruddur-backend&min=0.0${index}`, async () => events++)
    }
    await expectNotSlower('100 watchers')
    expect(events).toBeGreaterThan(100)
  })

  test.runIf(IS_LONG)(
    'thirty people, of whom a third each reads requests, logs and errors',
    {
      timeout: 120_000,
    },
    async () => {
      for (let index = 0; index < 10; index++) {
        const reads =
          (...paths: readonly string[]) =>
          () =>
            Promise.all(paths.map(read))
        watch(`min=0.0${index}`, reads('/sandbox/requests', '/sandbox/requests/menus', '/sandbox/latency'))
        watch('', reads('/sandbox/logs'))
        watch('has=rollbar', reads('/sandbox/errors'))
      }
      await expectNotSlower('30 people')
    },
  )
})

/** The limit for a time with watchers, of the time without (ms). */
function slowerThan(aloneMs: number): number {
  return Math.max(MAX_ANSWER_MS, MAX_SLOWER * aloneMs)
}

function percentile95(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0)
}
