import { setTimeout as wait } from 'node:timers/promises'
import { nearestRank } from '../../contracts/nearest-rank.ts'
import { ROOT } from '../overhead/checkout.ts'
import { type Candidate, startCandidate } from './candidate.ts'
import { createQuestions, type TimedRequest } from './questions.ts'
import { type Figure, medianFigure } from './table.ts'
import { createTelemetry } from './telemetry.ts'

const WARM_RUNS = 15
const FIRST_RUNS = 3
const HEALTH_S = 5
const HEALTH_REQUESTS = 1_500
const STORE_BOUND = 200_000

/** By how many spans are stored, ms and MB. */
const TARGETS = {
  warm: (spans: number) => (spans <= STORE_BOUND ? 150 : 600),
  first: (spans: number) => (spans <= STORE_BOUND ? 2_000 : undefined),
  memory: (spans: number) => (spans <= STORE_BOUND ? 200 : undefined),
  keystroke: 100,
  health: 50,
}

/** Fills a store in a new folder with spans, and asks it. */
export async function measureQuestions(folder: string, spans: number): Promise<Figure[]> {
  const options = { checkout: ROOT, dataFile: `${folder}/sandbox.sqlite`, maxSpans: spans }
  const label = `${spans.toLocaleString('en')} spans`
  const endMs = Date.now()
  const questions = createQuestions(endMs)
  const filling = await startCandidate(options)
  console.error(`… ${label}: sending them`)
  await filling.send(createTelemetry(spans, endMs, spans), spans)
  await filling.stop()

  const first: number[] = []
  for (let run = 1; run < FIRST_RUNS; run++) {
    const started = await startCandidate(options)
    first.push((await askOne(started, questions.count)).ms)
    await started.stop()
  }
  const sandbox = await startCandidate(options)
  try {
    // As many requests as while questions run, so that only the questions make the difference.
    for (let request = 0; request < HEALTH_REQUESTS; request++) await sandbox.ask('GET', '/health')
    const before = sandbox.memory()
    const memory = watchMemory(sandbox)
    const answered = await askOne(sandbox, questions.count)
    first.push(answered.ms)
    const { rows } = JSON.parse(answered.text)
    if (rows !== spans) throw new Error(`${spans} spans were sent, and a question found ${rows}`)

    const figures: Figure[] = [
      medianFigure(`${label}: first question after a start`, first, TARGETS.first(spans)),
    ]
    for (const question of [...questions.all, questions.keystroke]) {
      console.error(`… ${label}: ${question.name}`)
      const isKeystroke = question === questions.keystroke
      const target = isKeystroke ? TARGETS.keystroke : TARGETS.warm(spans)
      const times = await warm(sandbox, question)
      figures.push(
        medianFigure(`${label}: ${question.name}`, times, isColumnList(question) ? undefined : target),
      )
    }
    console.error(`… ${label}: /health meanwhile`)
    figures.push(...(await healthFigures(sandbox, questions.all, label)))
    const peak = memory.stop()
    const note = `from ${before.toFixed(0)} to at most ${peak.toFixed(0)}`
    figures.push({
      name: `${label}: more memory while in use`,
      unit: 'MB',
      value: peak - before,
      note,
      target: TARGETS.memory(spans),
    })
    return figures
  } finally {
    await sandbox.stop()
  }
}

/** Read once when the page opens, so that no target is about it. */
function isColumnList({ name }: TimedRequest): boolean {
  return name === 'all columns'
}

async function warm(sandbox: Candidate, question: TimedRequest): Promise<number[]> {
  await askOne(sandbox, question)
  const times: number[] = []
  for (let run = 0; run < WARM_RUNS; run++) times.push((await askOne(sandbox, question)).ms)
  return times
}

/** `/health` on its own connection while questions are asked one after the other. */
async function healthFigures(
  sandbox: Candidate,
  questions: readonly TimedRequest[],
  label: string,
): Promise<Figure[]> {
  const endMs = performance.now() + HEALTH_S * 1000
  const asking = (async () => {
    for (let number = 0; performance.now() < endMs; number++) {
      const question = questions[number % questions.length]
      if (question) await askOne(sandbox, question)
    }
  })()
  const times: number[] = []
  while (performance.now() < endMs) {
    times.push((await sandbox.ask('GET', '/health')).ms)
    await wait(2)
  }
  await asking
  const sorted = times.toSorted((a, b) => a - b)
  return [
    {
      name: `${label}: /health while questions run, p99`,
      unit: 'ms',
      value: nearestRank(sorted, 0.99),
      note: `p50 ${nearestRank(sorted, 0.5).toFixed(1)}, max ${nearestRank(sorted, 1).toFixed(1)} of ${times.length}`,
      target: TARGETS.health,
    },
  ]
}

function askOne(sandbox: Candidate, { method, path, body }: TimedRequest) {
  return sandbox.ask(method, path, body)
}

/** Reads resident memory 50 times a second; `stop` returns the most in MB. */
function watchMemory(sandbox: Candidate): { stop(): number } {
  let peak = sandbox.memory()
  const timer = setInterval(() => {
    peak = Math.max(peak, sandbox.memory())
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}
