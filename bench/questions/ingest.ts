import { join } from 'node:path'
import { ROOT } from '../overhead/checkout.ts'
import { differences, FEWEST_VALUES, median, medianInterval } from '../overhead/statistics.ts'
import { type Candidate, startCandidate } from './candidate.ts'
import { createQuestions } from './questions.ts'
import type { Figure } from './table.ts'
import { BATCH_SPANS, createTelemetry, encode } from './telemetry.ts'

const ROUND_BATCHES = 60
const WARM_UP_SPANS = 60_000
const MAX_SPANS = 200_000
const MAX_INCREASE_PERCENT = 5

/**
 * The CPU time of receiving a span: here without questions, here after questions were asked (so that its events are kept
 * up to date), and in another checkout. All receive the same bytes, in turn, in an order that changes with each round.
 */
export async function compareIngest(
  folder: string,
  rounds: number,
  against: string | undefined,
): Promise<Figure[]> {
  const start = (name: string, checkout: string) =>
    startCandidate({ checkout, dataFile: join(folder, name, 'sandbox.sqlite'), maxSpans: MAX_SPANS })
  const endMs = Date.now()
  const candidates = new Map<string, Candidate>([['never asked', await start('never', ROOT)]])
  candidates.set('asked', await start('asked', ROOT))
  if (against !== undefined) candidates.set('there', await start('there', against))
  try {
    for (const [name, candidate] of candidates) {
      console.error(`… receiving: warming up (${name})`)
      await candidate.send(createTelemetry(1, endMs, WARM_UP_SPANS), WARM_UP_SPANS)
    }
    const { count } = createQuestions(endMs)
    const figures = new Map<string, number[]>()
    const telemetry = createTelemetry(2, endMs, rounds * ROUND_BATCHES * BATCH_SPANS)
    for (let round = 0; round < rounds; round++) {
      console.error(`… receiving: round ${round + 1} of ${rounds}`)
      const batches = Array.from({ length: ROUND_BATCHES }, () => encode(telemetry.next(BATCH_SPANS).request))
      const order = round % 2 === 0 ? [...candidates] : [...candidates].toReversed()
      for (const [name, candidate] of order) {
        // Before the clock starts: a question loads what has arrived since the last one.
        if (name === 'asked') await candidate.ask(count.method, count.path, count.body)
        const before = await candidate.cpu()
        await candidate.sendEncoded(batches)
        const micros = ((await candidate.cpu()) - before) / (ROUND_BATCHES * BATCH_SPANS)
        figures.set(name, [...(figures.get(name) ?? []), micros])
      }
    }
    return figuresOf(figures, rounds)
  } finally {
    for (const candidate of candidates.values()) await candidate.stop()
  }
}

function figuresOf(figures: ReadonlyMap<string, readonly number[]>, rounds: number): Figure[] {
  const absolute = [...figures].map(
    ([name, values]): Figure => ({
      name: `CPU of receiving a span, ${name}`,
      unit: 'µs',
      value: median(values),
      note: `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} in ${rounds} rounds`,
    }),
  )
  const compare = (name: string, here: string, there: string, target: number | undefined): Figure[] => {
    const [ours, theirs] = [figures.get(here), figures.get(there)]
    if (!ours || !theirs) return []
    const differing = differences(ours, theirs)
    const { low, high } =
      rounds >= FEWEST_VALUES ? medianInterval(differing) : { low: Number.NaN, high: Number.NaN }
    const note = `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)}`
    return [{ name, unit: '%', value: median(differing), note, target }]
  }
  return [
    ...absolute,
    ...compare('more CPU than in the other checkout', 'never asked', 'there', MAX_INCREASE_PERCENT),
    ...compare('more CPU after questions were asked', 'asked', 'never asked', undefined),
  ]
}
