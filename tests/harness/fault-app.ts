import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { TelemetryOptions } from '../../backend/telemetry/options.ts'
import { type TelemetryHealth, telemetryHealthSchema } from '../../contracts/telemetry-health.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { ROUTES, type RouteOfFaultApp, UNSAMPLED } from '../fixtures/fault-app/routes.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import type { SandboxForTest } from './sandbox.ts'
import { bareEnvironment } from './workspace.ts'

/** What is counted apart: one signal to one provider. */
export type Stream = 'honeycomb' | 'logs' | 'metrics' | 'xray' | 'rollbar'

export type Made = Readonly<Record<'spans' | 'logs' | 'segments' | 'errors', number>>

/** What a load has made, and what was wrong with its answers. */
export interface Load {
  readonly requests: number
  readonly sampled: number
  readonly made: Made
  /** The answers that had a wrong status, or none: the first few. */
  readonly wrong: readonly string[]
  /** The uuids of Rollbar occurrences that error answers named. */
  readonly uuids: readonly string[]
}

const NOTHING: Made = { spans: 0, logs: 0, segments: 0, errors: 0 }

export class FaultApp implements AsyncDisposable {
  readonly url: string
  readonly #process: RunningProcess

  private constructor(url: string, process: RunningProcess) {
    this.url = url
    this.#process = process
  }

  static async start(options: Partial<TelemetryOptions>): Promise<FaultApp> {
    const port = await freePort()
    const all: TelemetryOptions = {
      serviceName: 'fault-app',
      serviceVersion: '1',
      sampler: { name: 'parentbased_always_on' },
      logFormat: 'json',
      untracedPaths: ['/health', '/health/telemetry', '/made', '/memory'],
      ...options,
    }
    const url = `http://127.0.0.1:${port}`
    const process = await startProcess(
      ['--expose-gc', 'tests/fixtures/fault-app/app.ts'],
      { ...bareEnvironment(), PORT: `${port}`, TELEMETRY_OPTIONS: JSON.stringify(all) },
      `${url}/health`,
    )
    return new FaultApp(url, process)
  }

  /** All lines on standard error so far. */
  lines(): string[] {
    return this.#process.stderr().split('\n').filter(Boolean)
  }

  health = async (): Promise<TelemetryHealth> =>
    telemetryHealthSchema.parse(await (await fetch(`${this.url}/health/telemetry`)).json())

  /** What count-made.ts has counted. */
  made = async () =>
    (await (await fetch(`${this.url}/made`)).json()) as Record<'spans' | 'logs' | 'points', number>

  /** Bytes after a garbage collection. */
  memory = async () => (await (await fetch(`${this.url}/memory`)).json()) as { rss: number; heapUsed: number }

  /** The most memory that the process has had at once, in bytes; undefined on a system without /proc. */
  peakMemory(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#process.child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024
    } catch {
      return undefined
    }
  }

  /**
   * Sends requests over all routes at a steady rate, a fifth of them failing. One in ten is not sampled by its caller;
   * with `decides: 'app'` callers leave the decision to the app.
   */
  async load(perSecond: number, seconds: number, decides: 'caller' | 'app' = 'caller'): Promise<Load> {
    const total = Math.round(perSecond * seconds)
    const made = { spans: 0, logs: 0, segments: 0, errors: 0 }
    const wrong: string[] = []
    const uuids: string[] = []
    let sampled = 0
    const ask = async (route: RouteOfFaultApp, isSampled: boolean | undefined) => {
      const answer = await this.#ask(route, isSampled)
      if (answer.isSampled) sampled++
      if (answer.uuid) uuids.push(answer.uuid)
      const all = answer.isSampled ? route : (UNSAMPLED.find(({ path }) => path === route.path) ?? NOTHING)
      for (const kind of Object.keys(made) as (keyof Made)[]) made[kind] += all[kind]
    }
    const startedAt = performance.now()
    const sent: Promise<void>[] = []
    for (let i = 0; i < total; i++) {
      await delay(Math.max(0, startedAt + (i * 1_000) / perSecond - performance.now()))
      const isUnsampled = decides === 'caller' && i % 10 === 9
      const routes = isUnsampled ? UNSAMPLED : ROUTES
      const route = routes[(isUnsampled ? Math.floor(i / 10) : i) % routes.length] as RouteOfFaultApp
      const answered = ask(route, decides === 'app' ? undefined : !isUnsampled)
      sent.push(answered.catch((error: Error) => void wrong.push(error.message)))
    }
    await Promise.all(sent)
    return { requests: total, sampled, made, wrong: wrong.slice(0, 5), uuids }
  }

  async #ask({ path, status }: RouteOfFaultApp, isSampled: boolean | undefined) {
    const id = newTraceId()
    const traceparent = `00-${id}-${newSpanId()}-${isSampled ? '01' : '00'}`
    const response = await fetch(`${this.url}${path}`, {
      headers: isSampled === undefined ? {} : { traceparent },
      signal: AbortSignal.timeout(10_000),
    })
    const body = (await response.json()) as { rollbar_uuid?: string }
    const [, traceId, , flags] = response.headers.get('traceresponse')?.split('-') ?? []
    const isSameTrace = isSampled === undefined || (traceId === id && (flags === '01') === isSampled)
    if (response.status !== status || !isSameTrace) {
      throw new Error(`${path}: ${response.status} ${traceId}-${flags} ${JSON.stringify(body)}`)
    }
    return { isSampled: flags === '01', uuid: body.rollbar_uuid }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop()
  }
}

/** What a sandbox has stored, from its database: how many different records, and how many arrived more than once. */
export interface Stored {
  readonly records: Made & { readonly points: number }
  readonly duplicates: { readonly spans: number; readonly logs: number; readonly segments: number }
  readonly uuids: ReadonlySet<string>
  /** How many of the segments have each name. */
  readonly segmentsByName: Readonly<Record<string, number>>
}

export async function readStored(sandbox: Pick<SandboxForTest, 'dataFile' | 'counts'>): Promise<Stored> {
  const { xray } = await sandbox.counts()
  using database = new DatabaseSync(sandbox.dataFile, { readOnly: true })
  const rows = (sql: string) => database.prepare(sql).all()
  const spanIds = rows('SELECT span_ids FROM span_chunks').flatMap(
    ({ span_ids: ids }) => String(ids).match(/.{16}/g) ?? [],
  )
  const [logs] = rows('SELECT count(*) AS total, count(DISTINCT document) AS different FROM logs')
  const segments = rows('SELECT name, count(*) AS total FROM segments GROUP BY name').map(
    ({ name, total }) => [String(name), Number(total)] as const,
  )
  const [points] = rows('SELECT coalesce(sum(points), 0) AS total FROM metrics')
  const uuids = rows('SELECT uuid FROM rollbar_occurrences').map(({ uuid }) => String(uuid))
  const different = {
    spans: new Set(spanIds).size,
    logs: Number(logs?.different),
    segments: segments.reduce((sum, [, total]) => sum + total, 0),
  }
  return {
    records: { ...different, points: Number(points?.total), errors: uuids.length },
    duplicates: {
      spans: spanIds.length - different.spans,
      logs: Number(logs?.total) - different.logs,
      segments: xray.received - different.segments,
    },
    uuids: new Set(uuids),
    segmentsByName: Object.fromEntries(segments),
  }
}
