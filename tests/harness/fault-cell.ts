import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, inject } from 'vitest'
import type { FaultApp, Load, Made, Stored, Stream } from './fault-app.ts'
import { readStored } from './fault-app.ts'
import type { Consequence } from './fault-cases.ts'
import type { Column } from './fault-matrix.ts'
import type { SandboxForTest } from './sandbox.ts'
import { scaled } from './scale.ts'
import { eventually } from './wait-for.ts'

/** One way to one provider, which has one fault after the other. */
export interface Target {
  readonly app: FaultApp
  readonly sandbox: SandboxForTest
  /** What is counted apart on this way. */
  readonly streams: Readonly<Partial<Record<Stream, StreamOfTarget>>>
}

export interface StreamOfTarget {
  readonly column: Column
  readonly made: keyof Made | 'points'
  /** What the sandbox keeps of it, where that has another name. */
  readonly stored?: keyof Made
  /** Nothing confirms that a datagram has arrived. */
  readonly isUdp?: boolean
}

export interface Cell {
  readonly fault: string
  readonly consequence: Consequence
  on(): Promise<void>
  off(): Promise<void>
  /** How long the app has load while the fault is on; by default DURING_S. */
  readonly seconds?: number
  /** More is made than may be sent in a minute; the rest is dropped, and counted. */
  readonly mayDrop?: boolean
  /** Who samples the requests; by default their callers. */
  readonly decides?: 'caller' | 'app'
  /** Lines on standard error that no stream explains, in their order. */
  readonly otherLines?: readonly RegExp[]
}

/** One cell of the matrix, as written to its file. */
export interface MatrixRow {
  readonly fault: string
  readonly column: Column
  readonly requests: number
  readonly made: number
  readonly stored: number
  readonly refused: number
  readonly dropped: number
  readonly unconfirmed: number
  readonly lines: number
  readonly seconds: number
  readonly heapGrowth: number
  readonly peakGrowth: number
}

type Memory = Pick<MatrixRow, 'heapGrowth' | 'peakGrowth'>

const COUNTS = ['accepted', 'refused', 'dropped', 'unconfirmed'] as const
type Counts = Readonly<Record<(typeof COUNTS)[number], number>>

/** The state of app and sandbox at a moment when nothing is on its way. */
interface Snapshot {
  readonly counts: Readonly<Record<string, Counts>>
  readonly stored: Stored
  readonly made: Awaited<ReturnType<FaultApp['made']>>
}

/** How long the app has load, at 50 requests a second: while the fault is on, and after it. */
const DURING_S = scaled(0.8, 2)
const AFTER_S = scaled(0.4, 1)
/** Longer than a provider's answer may take, and the wait before the last retry. */
const QUIET_MS = 60_000
/** A timed-out export is known to have failed after ten seconds. */
const FAILING_MS = 20_000
/** Without a change for this long, nothing is on its way. */
const STABLE_MS = 300

const MIB = 1024 * 1024
/** After a garbage collection: the queues are empty again. */
const MAX_HEAP_GROWTH = 16 * MIB
/** The queue's 64 MiB, and what the collector has not collected yet. */
const MAX_PEAK_GROWTH = 160 * MIB

/**
 * Loads the app while a fault is on and for a while after it, waits until nothing is on its way, and checks that every
 * request was answered rightly, that everything made is counted exactly once, that the log has one line for the failure
 * and one for its end, and that memory has not grown.
 */
export async function runCell(target: Target, cell: Cell): Promise<Load> {
  const { app, streams } = target
  const startedAt = performance.now()
  const before = await quiet(target)
  const heapBefore = (await app.memory()).heapUsed
  const peakBefore = app.peakMemory()
  const linesBefore = cell.otherLines ? 0 : app.lines().length

  await cell.on()
  const during = await app.load(50, cell.seconds ?? DURING_S, cell.decides)
  if (isNoticed(cell)) await allFailing(target)
  await cell.off()
  const load = sum(during, await app.load(50, AFTER_S, cell.decides))
  const after = await quiet(target)

  const lines = await eventually(
    () => app.lines().slice(linesBefore),
    // An outage has ended when nothing has failed for a second.
    (all) =>
      !isNoticed(cell) ||
      all.filter((line) => line.includes('delivering again')).length >= Object.keys(streams).length,
  )
  const memory: Memory = {
    heapGrowth: (await app.memory()).heapUsed - heapBefore,
    peakGrowth: (app.peakMemory() ?? 0) - (peakBefore ?? 0),
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const results = Object.entries(streams).map(([name, stream]): Result => {
    const counts = difference(before.counts[name], after.counts[name])
    const stored = stream.stored ?? stream.made
    return {
      ...stream,
      counts,
      stored: after.stored.records[stored] - before.stored.records[stored],
      madeCount: stream.made === 'points' ? after.made.points - before.made.points : load.made[stream.made],
      lines: lines.filter((line) => line.includes(`telemetry: ${name}: `)),
    }
  })
  const others = lines.filter((line) => !results.some((result) => result.lines.includes(line)))

  for (const { column, madeCount, stored, counts, lines: streamLines } of results) {
    const { accepted: _isStored, ...lost } = counts
    const row = { fault: cell.fault, column, requests: load.requests, made: madeCount, stored, ...lost }
    const all: MatrixRow = { ...row, lines: streamLines.length + others.length, seconds, ...memory }
    appendFileSync(inject('matrixFile'), `${JSON.stringify(all)}\n`)
  }

  expect(load.wrong, 'answers that were wrong').toEqual([])
  expect(after.made.spans - before.made.spans, 'spans made by the requests').toBe(load.made.spans)
  // Without a provider of logs the logger makes no records.
  if (streams.logs) expect(after.made.logs - before.made.logs, 'records made').toBe(load.made.logs)
  for (const result of results) expectCounted(cell, result)
  expect(after.stored.duplicates, 'records stored more than once').toEqual(before.stored.duplicates)
  expect(others, 'other lines on standard error').toEqual(
    (cell.otherLines ?? []).map((line) => expect.stringMatching(line)),
  )
  expect(memory.heapGrowth, 'bytes of heap that are kept').toBeLessThan(MAX_HEAP_GROWTH)
  expect(memory.peakGrowth, 'bytes at the peak').toBeLessThan(MAX_PEAK_GROWTH)
  return load
}

/** What a cell has measured of one stream. */
interface Result extends Omit<StreamOfTarget, 'stored'> {
  readonly madeCount: number
  readonly stored: number
  readonly counts: Counts
  readonly lines: readonly string[]
}

function isNoticed({ consequence }: Cell): boolean {
  return consequence !== 'none' && consequence !== 'unnoticed'
}

function expectCounted(cell: Cell, result: Result): void {
  const { column, madeCount, stored, counts, lines, isUdp = false } = result
  const seen = `${column}: ${JSON.stringify({ made: madeCount, stored, ...counts })}\n${lines.join('\n')}`
  expect(sumOf(counts), `everything made is counted once. ${seen}`).toBe(madeCount)
  if (isUdp) expectDatagrams(cell, result, seen)
  else expectAnswered(cell, result, seen)
  expect(lines.length, `lines. ${seen}`).toBe(isNoticed(cell) ? 2 : 0)
  const end = new RegExp(`delivering again after \\d+ s; ${counts.refused + counts.dropped} `)
  if (isNoticed(cell)) expect(lines[1], seen).toMatch(end)
}

/** For a provider that answers. */
function expectAnswered(
  { consequence, mayDrop = false }: Cell,
  { stored, counts }: Result,
  seen: string,
): void {
  const isCut = consequence === 'unconfirmed'
  // The proxy has passed on what it did not answer, so all that is unconfirmed has arrived.
  expect(stored, `stored once. ${seen}`).toBe(counts.accepted + counts.unconfirmed)
  if (!isCut) expect(counts.unconfirmed, `unconfirmed only after an answer that was cut. ${seen}`).toBe(0)
  if (!mayDrop) expect(counts.dropped, `there is room. ${seen}`).toBe(0)
  const mayRefuse = consequence === 'refused' || consequence === 'partly refused'
  if (mayRefuse) expect(counts.refused, `refused. ${seen}`).toBeGreaterThan(0)
  else expect(counts.refused, `nothing is lost. ${seen}`).toBe(0)
  expect(counts.accepted, `accepted after the fault. ${seen}`).toBeGreaterThan(0)
}

/** For a daemon that never answers. */
function expectDatagrams({ consequence }: Cell, { madeCount, stored, counts }: Result, seen: string): void {
  expect(counts.accepted, `nothing confirms a datagram. ${seen}`).toBe(0)
  if (consequence === 'none') {
    expect(stored, `nothing is lost. ${seen}`).toBe(counts.unconfirmed)
    return
  }
  expect(stored, `all that arrived is counted as sent. ${seen}`).toBeLessThanOrEqual(counts.unconfirmed)
  if (consequence === 'unnoticed') expect(counts.unconfirmed, seen).toBe(madeCount)
  else expect(counts.refused + counts.dropped, `the loss is noticed. ${seen}`).toBeGreaterThan(0)
}

/** Waits until every stream of the target has failed. */
function allFailing({ app, streams }: Target): Promise<unknown> {
  return eventually(
    async () => failingOf(await app.health()),
    (failing) => Object.keys(streams).every((stream) => failing[stream]),
    FAILING_MS,
  )
}

/** Waits until nothing is on its way and nothing fails, and reads what became of everything. */
async function quiet({ app, sandbox, streams }: Target): Promise<Snapshot> {
  const read = async () => {
    const health = await app.health()
    const made = await app.made()
    const isQuiet = !Object.values(failingOf(health)).includes(true) && pendingOf(health) === 0
    return { counts: countsOf(health), stored: await readStored(sandbox), made, isQuiet, health }
  }
  const { last } = await eventually(
    async () => {
      const first = await read()
      await delay(STABLE_MS)
      return { first, last: await read() }
    },
    ({ first, last }) =>
      first.isQuiet &&
      last.isQuiet &&
      JSON.stringify([first.counts, first.stored, first.made]) ===
        JSON.stringify([last.counts, last.stored, last.made]),
    QUIET_MS,
  )
  expect(Object.keys(last.counts), 'the streams that are on').toEqual(
    expect.arrayContaining(Object.keys(streams)),
  )
  return last
}

type Health = Awaited<ReturnType<FaultApp['health']>>

function streamsOf({ providers, logs, metrics }: Health) {
  return Object.entries({ ...providers, logs, metrics }).flatMap(([name, stream]) =>
    stream.enabled ? [{ name, ...stream }] : [],
  )
}

function countsOf(health: Health): Record<string, Counts> {
  const pairs = streamsOf(health).map(({ name, accepted, refused, dropped, unconfirmed }) => [
    name,
    { accepted, refused, dropped, unconfirmed },
  ])
  return Object.fromEntries(pairs)
}

function failingOf(health: Health): Record<string, boolean> {
  return Object.fromEntries(streamsOf(health).map(({ name, failing }) => [name, failing]))
}

function pendingOf(health: Health): number {
  return streamsOf(health).reduce((total, { pending }) => total + pending, 0)
}

function difference(before: Counts | undefined, after: Counts | undefined): Counts {
  const pairs = COUNTS.map((count) => [count, (after?.[count] ?? 0) - (before?.[count] ?? 0)])
  return Object.fromEntries(pairs)
}

function sumOf(counts: Counts): number {
  return COUNTS.reduce((total, count) => total + counts[count], 0)
}

function sum(a: Load, b: Load): Load {
  const pairs = Object.keys(a.made).map((kind) => [
    kind,
    a.made[kind as keyof Made] + b.made[kind as keyof Made],
  ])
  return {
    requests: a.requests + b.requests,
    sampled: a.sampled + b.sampled,
    made: Object.fromEntries(pairs),
    wrong: [...a.wrong, ...b.wrong],
    uuids: [...a.uuids, ...b.uuids],
  }
}
