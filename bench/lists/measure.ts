import { setTimeout as wait } from 'node:timers/promises'
import { nearestRank } from '../../contracts/nearest-rank.ts'
import type { RequestMenus, RequestPage } from '../../contracts/sandbox/lists.ts'
import { ROOT } from '../overhead/checkout.ts'
import { type Candidate, startCandidate } from '../questions/candidate.ts'
import { type Figure, medianFigure } from '../questions/table.ts'
import { BATCH_SPANS, createTelemetry, encode } from '../questions/telemetry.ts'
import { fillWithTraces } from './fill.ts'

const RUNS = 15
const FIRST_RUNS = 3
const PAGE = 100
/** Pages of the default order, from which the time for all of them follows. */
const SAMPLED_PAGES = 20
const POSTS = 300

/** ms and MB. */
const TARGETS = { first: 3_000, page: 200, words: 500, memory: 250, post: 50 }
const BY_DURATION = `/sandbox/requests?limit=${PAGE}&sort=duration`

/** Fills a store in a new folder with traces, and reads lists of them. */
export async function measureLists(folder: string, traces: number): Promise<Figure[]> {
  const options = { checkout: ROOT, dataFile: `${folder}/sandbox.sqlite`, maxSpans: traces }
  const label = `${traces.toLocaleString('en')} traces`
  const endMs = Date.now()
  const filling = await startCandidate(options)
  console.error(`… ${label}: sending them`)
  await fillWithTraces(filling, traces, endMs)
  await filling.stop()

  const firstPages: number[] = []
  const firstWords: number[] = []
  for (let run = 1; run < FIRST_RUNS; run++) {
    const started = await startCandidate(options)
    firstPages.push((await started.ask('GET', BY_DURATION)).ms)
    firstWords.push((await started.ask('GET', '/sandbox/requests?text=user-12')).ms)
    await started.stop()
  }
  const sandbox = await startCandidate(options)
  try {
    const walked = await defaultPages(sandbox)
    const before = sandbox.memory()
    firstPages.push((await sandbox.ask('GET', BY_DURATION)).ms)
    const withTable = sandbox.memory()
    const { stored } = JSON.parse((await sandbox.ask('GET', '/sandbox/requests/menus')).text) as RequestMenus
    if (stored !== traces) throw new Error(`${traces} traces were sent, and ${stored} are listed`)
    const timed = async (name: string, path: (run: number) => string, target = TARGETS.page) => {
      console.error(`… ${label}: ${name}`)
      await sandbox.ask('GET', path(-1))
      const times: number[] = []
      for (let run = 0; run < RUNS; run++) times.push((await sandbox.ask('GET', path(run))).ms)
      return medianFigure(`${label}: ${name}`, times, target)
    }
    const further = await furtherPages(sandbox)
    const byDuration = await timed('first page by duration', () => BY_DURATION)
    const all = (walked * traces) / PAGE
    const lists = [
      byDuration,
      medianFigure(`${label}: each of the next ${RUNS} pages`, further, TARGETS.page),
      await timed('first page by name', () => `/sandbox/requests?limit=${PAGE}&sort=name&order=asc`),
      await timed(
        'by duration, one route, failed',
        (run) => `${BY_DURATION}&status=error&min=${run + 1}&route=GET+/health`,
      ),
      await timed('menus', () => '/sandbox/requests/menus'),
      await timed('chart', () => '/sandbox/latency'),
      await peersFigure(sandbox, label),
    ]
    firstWords.push((await sandbox.ask('GET', '/sandbox/requests?text=user-12')).ms)
    const words = [
      await timed(
        'words not searched before',
        (run) => `/sandbox/requests?text=user.id%3Duser-${run + 20}`,
        TARGETS.words,
      ),
      await timed('words that are nowhere', (run) => `/sandbox/requests?text=nowhere${run}`, TARGETS.words),
      await timed('the same words in another order', () => `/sandbox/requests?text=pro&sort=duration`),
    ]
    const statuses = await sandbox.ask('GET', '/sandbox/requests?sort=status')
    const withAll = sandbox.memory()
    const posts = await postFigures(sandbox, label, endMs)
    return [
      medianFigure(`${label}: first page by duration after a start`, firstPages, TARGETS.first),
      ...lists,
      {
        name: `${label}: all pages of the default order, for the same answer`,
        unit: 'ms',
        value: all,
        note: `${walked.toFixed(1)} a page; ${(all / byDuration.value).toFixed(0)} times a page by duration`,
      },
      medianFigure(`${label}: first words after a start`, firstWords, undefined),
      ...words,
      medianFigure(`${label}: first page by status (reads the spans)`, [statuses.ms], undefined),
      {
        name: `${label}: memory of the list`,
        unit: 'MB',
        value: withTable - before,
        note: `from ${before.toFixed(0)} to ${withTable.toFixed(0)}`,
        target: TARGETS.memory,
      },
      {
        name: `${label}: memory with words`,
        unit: 'MB',
        value: withAll - before,
        note: `to ${withAll.toFixed(0)}`,
      },
      ...posts,
    ]
  } finally {
    await sandbox.stop()
  }
}

/** Milliseconds of a page of the default order, which does not need the read thread. */
async function defaultPages(sandbox: Candidate): Promise<number> {
  let totalMs = 0
  let after = ''
  for (let page = 0; page < SAMPLED_PAGES; page++) {
    const { text, ms } = await sandbox.ask('GET', `/sandbox/requests?limit=${PAGE}&after=${after}`)
    after = (JSON.parse(text) as RequestPage).next ?? ''
    totalMs += ms
  }
  return totalMs / SAMPLED_PAGES
}

async function furtherPages(sandbox: Candidate): Promise<number[]> {
  const times: number[] = []
  let after = ''
  for (let page = 0; page <= RUNS; page++) {
    const { text, ms } = await sandbox.ask('GET', `${BY_DURATION}&after=${after}`)
    after = (JSON.parse(text) as RequestPage).next ?? ''
    if (page > 0) times.push(ms)
  }
  return times
}

async function peersFigure(sandbox: Candidate, label: string): Promise<Figure> {
  const { text } = await sandbox.ask('GET', `${BY_DURATION}&limit=${RUNS}`)
  const times: number[] = []
  for (const { traceId } of (JSON.parse(text) as RequestPage).requests) {
    times.push((await sandbox.ask('GET', `/sandbox/traces/${traceId}/peers`)).ms)
  }
  return medianFigure(`${label}: peers of a trace`, times, TARGETS.page)
}

/** How long an export request takes, alone and while pages are read one after the other. */
async function postFigures(sandbox: Candidate, label: string, endMs: number): Promise<Figure[]> {
  const telemetry = createTelemetry(3, endMs, POSTS * BATCH_SPANS)
  const post = async () => {
    const body = encode(telemetry.next(BATCH_SPANS / 8).request)
    const startedMs = performance.now()
    await sandbox.sendEncoded([body])
    return performance.now() - startedMs
  }
  const posts = async () => {
    const times: number[] = []
    while (times.length < POSTS) {
      times.push(await post())
      await wait(2)
    }
    return times.sort((a, b) => a - b)
  }
  console.error(`… ${label}: POST /v1/traces meanwhile`)
  const alone = await posts()
  let isReading = true
  const reading = (async () => {
    for (let run = 0; isReading; run++) {
      await sandbox.ask('GET', run % 2 === 0 ? BY_DURATION : `/sandbox/requests?text=user-${run}`)
    }
  })()
  const meanwhile = await posts()
  isReading = false
  await reading
  const p99 = (times: readonly number[]) => nearestRank(times, 0.99)
  const median = (times: readonly number[]) => nearestRank(times, 0.5)
  const note = `p50 ${median(meanwhile).toFixed(1)}; without pages p50 ${median(alone).toFixed(1)}, p99 ${p99(alone).toFixed(1)}`
  return [
    {
      name: `${label}: POST /v1/traces while pages are read, p99`,
      unit: 'ms',
      value: p99(meanwhile),
      note,
      target: TARGETS.post,
    },
  ]
}
