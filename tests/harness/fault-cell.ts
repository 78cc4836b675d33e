import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, inject } from 'vitest'
import type { FaultApp, Load, Made, Stored, Stream } from './fault-app.ts'
import { readStored } from './fault-app.ts'
import type { Consequence } from './fault-cases.ts'
import type { SandboxForTest } from './sandbox.ts'
import { scaled } from './scale.ts'
import { eventually } from './wait-for.ts'

/** One way to one provider, which has one fault after the other. */
export interface Target {
  readonly app: FaultApp
  readonly sandbox: SandboxForTest
  /** What is counted apart on this way, with the name that the matrix gives it. */
  readonly streams: Readonly<Partial<Record<Stream, StreamOfTarget>>>
}

export interface StreamOfTarget {
  readonly column: string
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
  readonly column: string
  readonly requests: number
  readonly made: number
  readonly stored: number
  readonly refused: number
  readonly dropped: number
  readonly unconfirmed: number
  readonly lines: number
  readonly seconds: number
  readonly heapGrowth: number
  readonly peakGrowth: number | undefined
}

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
 * Loads the app while a fault is on and for a while after it, waits until nothing is on its way, and checks that
 * every request was answered rightly, that everything made is counted exactly once, that the log has one line for the
 * failure and one for its end, and that memory has not grown.
 */
export async function runCell(target: Target, cell: Cell): Promise<Load> {
  const { app, streams } = target
  const startedAt = performance.now()
  const isNoticed = cell.consequence !== 'none' && cell.consequence !== 'unnoticed'
  const before = await quiet(target)
  const memoryBefore = await app.memory()
  const peakBefore = app.peakMemory()
  const linesBefore = cell.otherLines ? 0 : app.lines().length

  await cell.on()
  const during = await app.load(50, cell.seconds ?? DURING_S, cell.decides)
  if (isNoticed) await allFailing(target)
  await cell.off()
  const load = sum(during, await app.load(50, AFTER_S, cell.decides))
  const after = await quiet(target)

  const heapGrowth = (await app.memory()).heapUsed - memoryBefore.heapUsed
  const peak = app.peakMemory()
  const peakGrowth = peak !== undefined && peakBefore !== undefined ? peak - peakBefore : undefined
  const lines = app.lines().slice(linesBefore)
  const made = { ...load.made, points: after.made.points - before.made.points }

  const { otherLines = [] } = cell
  const other = lines.filter(
    (line) => !Object.keys(streams).some((one) => line.startsWith(`telemetry: ${one}: `)),
  )

  const rows = Object.entries(streams).map(([stream, { column, made: kind, stored = kind, isUdp }]) => {
    const counts = difference(before.counts[stream], after.counts[stream])
    const row: MatrixRow = {
      fault: cell.fault,
      column,
      requests: load.requests,
      made: made[kind],
      stored: after.stored.records[stored] - before.stored.records[stored],
      refused: counts.refused,
      dropped: counts.dropped,
      unconfirmed: counts.unconfirmed,
      lines: lines.filter((line) => line.startsWith(`telemetry: ${stream}: `)).length + other.length,
      seconds: (performance.now() - startedAt) / 1_000,
      heapGrowth,
      peakGrowth,
    }
    appendFileSync(inject('matrixFile'), `${JSON.stringify(row)}\n`)
    return { stream, row, counts, isUdp }
  })

  expect(load.wrong, 'answers that were wrong').toEqual([])
  expect(after.made.spans - before.made.spans, 'spans made by the requests').toBe(load.made.spans)
  // Without a provider of logs the logger makes no records.
  if (streams.logs) expect(after.made.logs - before.made.logs, 'records made').toBe(load.made.logs)
  for (const { stream, row, counts, isUdp = false } of rows) {
    const seen = `${row.column}: ${JSON.stringify({ ...row, ...counts })}\n${lines.join('\n')}`
    expect(sumOf(counts), `everything made is counted once. ${seen}`).toBe(row.made)
    if (isUdp) expectDatagrams(cell, row, counts, seen)
    else expectAnswered(cell, row, counts, seen)
    const said = lines.filter((line) => line.startsWith(`telemetry: ${stream}: `))
    expect(said.length, `lines. ${seen}`).toBe(isNoticed ? 2 : 0)
    const lost = row.refused + row.dropped
    if (said.length > 0) expect(said[1], seen).toMatch(new RegExp(`delivering again after \\d+ s; ${lost} `))
  }
  expect(after.stored.duplicates, 'records stored more than once').toEqual(before.stored.duplicates)
  expect(other, 'other lines on standard error').toEqual(
    otherLines.map((line) => expect.stringMatching(line)),
  )
  expect(heapGrowth, 'bytes of heap that are kept').toBeLessThan(MAX_HEAP_GROWTH)
  if (peakGrowth !== undefined) expect(peakGrowth, 'bytes at the peak').toBeLessThan(MAX_PEAK_GROWTH)
  return load
}

/** For a provider that answers. */
function expectAnswered(
  { consequence, mayDrop = false }: Cell,
  row: MatrixRow,
  counts: Counts,
  seen: string,
): void {
  const isCut = consequence === 'unconfirmed'
  // The proxy has passed on what it did not answer, so all that is unconfirmed has arrived.
  expect(row.stored, `stored once. ${seen}`).toBe(counts.accepted + counts.unconfirmed)
  if (!isCut) expect(counts.unconfirmed, `unconfirmed only after an answer that was cut. ${seen}`).toBe(0)
  if (!mayDrop) expect(counts.dropped, `there is room. ${seen}`).toBe(0)
  const mayRefuse = consequence === 'refused' || consequence === 'partly refused'
  if (mayRefuse) expect(counts.refused, `refused. ${seen}`).toBeGreaterThan(0)
  else expect(counts.refused, `nothing is lost. ${seen}`).toBe(0)
  expect(counts.accepted, `accepted after the fault. ${seen}`).toBeGreaterThan(0)
}

/** For a daemon that never answers. */
function expectDatagrams({ consequence }: Cell, row: MatrixRow, counts: Counts, seen: string): void {
  expect(counts.accepted, `nothing confirms a datagram. ${seen}`).toBe(0)
  if (consequence === 'none') {
    expect(row.stored, `nothing is lost. ${seen}`).toBe(counts.unconfirmed)
    return
  }
  expect(row.stored, `all that arrived is counted as sent. ${seen}`).toBeLessThanOrEqual(counts.unconfirmed)
  if (consequence === 'unnoticed') expect(counts.unconfirmed, seen).toBe(row.made)
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
