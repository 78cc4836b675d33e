import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  BubbleUpAnswer,
  type BubbleUpInput,
  BubbleUpQuestion,
  ColumnList,
  type ColumnType,
  type ColumnValue,
  QueryAnswer,
  type QueryInput,
  QuerySpecification,
  type Selection,
} from '../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../contracts/sandbox/query-words.ts'
import { datasetSlug } from '../contracts/trace-links.ts'
import {
  byTimeAndGroup,
  expectBubbleUp,
  expectHeatmaps,
  expectHighest,
  expectTraces,
} from './harness/expect-answer.ts'
import { naiveBubbleUp } from './harness/naive-bubble-up.ts'
import type { NaiveEvent } from './harness/naive-events.ts'
import { matchingEvents, naiveQuery } from './harness/naive-query.ts'
import { approximately, ask, sendTelemetry } from './harness/questions.ts'
import { EXPRESSIONS, questions } from './harness/random-questions.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'

/** The same telemetry and the same questions in each run; fast-check prints it with the smallest question that fails. */
const SEED = Number(process.env.ORACLE_SEED ?? 15)
/** Each with its own telemetry. */
const SANDBOXES = scaled(1, 10)
const QUESTIONS = scaled(100, 1_500)
const SELECTIONS = scaled(25, 500)
/** How many values a list of columns has of each. */
const MAX_LISTED_VALUES = 20
const TIMEOUT_MS = scaled(90_000, 600_000)

for (let number = 0; number < SANDBOXES; number++) {
  const seed = SEED + number
  describe(`random telemetry and random questions (ORACLE_SEED=${seed})`, () => {
    let sandbox: SandboxForTest
    let events: NaiveEvent[]

    beforeAll(async () => {
      sandbox = await sandboxForTest()
      events = await sendTelemetry(sandbox, seed)
    })
    afterAll(() => sandbox[Symbol.asyncDispose]())

    const ofDataset = (dataset: string) =>
      dataset === ALL_DATASETS ? events : events.filter((event) => datasetSlug(event.dataset) === dataset)

    test('every answer equals that of the naive evaluator', { timeout: TIMEOUT_MS }, async () => {
      const datasets = [
        ALL_DATASETS,
        ALL_DATASETS,
        ...new Set(events.map((event) => datasetSlug(event.dataset))),
      ]
      const property = fc.asyncProperty(
        fc.constantFrom(...datasets),
        questions,
        async (dataset, question) => {
          const answer = QueryAnswer.parse(await ask(sandbox, `/sandbox/query?dataset=${dataset}`, question))
          const specification = QuerySpecification.parse(question)
          const stored = ofDataset(dataset)
          const expected = naiveQuery(stored, specification, Date.now(), EXPRESSIONS)
          expect(answer.range).toEqual(expected.range)
          expect(answer.rows).toBe(expected.rows)
          expect(answer.stored).toBe(stored.length)
          expect(answer.groupCount).toBe(expected.groups)
          expect(answer.results).toEqual(expected.results.map(approximately))
          const { breakdowns = [] } = specification
          const series = answer.series.map(({ time, data }) => ({ timeMs: Date.parse(time), data }))
          expect(series).toEqual(series.toSorted((a, b) => a.timeMs - b.timeMs))
          expect(byTimeAndGroup(series, breakdowns)).toEqual(
            byTimeAndGroup(expected.series, breakdowns).map(({ timeMs, data }) => ({
              timeMs,
              data: approximately(data),
            })),
          )
          const matching = matchingEvents(stored, specification, Date.now(), EXPRESSIONS)
          expectHeatmaps(answer, specification, matching)
          expectTraces(answer, breakdowns, matching)
        },
      )
      await fc.assert(property, { seed, numRuns: QUESTIONS })
    })

    test('BubbleUp finds what the naive one finds', { timeout: TIMEOUT_MS }, async () => {
      const property = fc.asyncProperty(questions, fc.nat(), fc.nat(), async (question, first, second) => {
        const asked = bubbleUpOf(question, events, first, second)
        if (asked === undefined) return
        const answer = BubbleUpAnswer.parse(
          await ask(sandbox, `/sandbox/bubble-up?dataset=${ALL_DATASETS}`, asked),
        )
        expectBubbleUp(answer, naiveBubbleUp(events, BubbleUpQuestion.parse(asked), Date.now()))
      })
      await fc.assert(property, { seed, numRuns: SELECTIONS })
    })

    test('the list of columns has every column with its share and its values', async () => {
      const list = ColumnList.parse(
        await (await sandbox.ask(`/sandbox/columns?dataset=${ALL_DATASETS}`)).json(),
      )
      const names = new Set(events.flatMap(({ fields }) => Object.keys(fields)))
      expect(list.rows).toBe(events.length)
      expect(list.columns.map(({ name }) => name).toSorted()).toEqual([...names].toSorted())
      for (const { name, type, share, distinct, values } of list.columns) {
        const all = events.flatMap(({ fields }) => fields[name] ?? [])
        expect(type, name).toBe(typeOf(all))
        expect(share, name).toBeCloseTo(all.length / events.length, 9)
        expect(distinct, name).toBe(new Set(all).size)
        const shares = new Map(
          [...new Set(all)].map((value) => [
            value,
            all.filter((one) => one === value).length / events.length,
          ]),
        )
        for (const { value, share: ofValue } of values)
          expect(ofValue, `${name}: ${value}`).toBeCloseTo(shares.get(value) ?? 0, 9)
        expectHighest(
          shares,
          values.map(({ value }) => value),
          MAX_LISTED_VALUES,
          name,
        )
      }
    })
  })
}

test('a threshold that gives no whole number counts exactly, and the last two hours are asked', async () => {
  await using sandbox = await sandboxForTest()
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const times = { startTimeUnixNano: String(nowNs), endTimeUnixNano: String(nowNs) }
  await sandbox.postSpan({ ...times, traceState: 'ot=th:4' })
  await sandbox.postSpan({ ...times, startTimeUnixNano: String(nowNs - 7_300_000_000_000n) })
  const askedMs = Date.now()
  const answer = QueryAnswer.parse(await ask(sandbox, `/sandbox/query?dataset=${ALL_DATASETS}`, {}))
  expect(answer.results).toEqual([approximately({ COUNT: 4 / 3 })])
  expect(answer.range.end - answer.range.start).toBe(7_200)
  expect(answer.range.end * 1000).toBeGreaterThanOrEqual(askedMs)
})

/** The same question about a part of its events: a group of the result, or the area between two events. */
function bubbleUpOf(
  question: QueryInput,
  events: readonly NaiveEvent[],
  first: number,
  second: number,
): BubbleUpInput | undefined {
  const specification = QuerySpecification.parse(question)
  const matching = matchingEvents(events, specification, Date.now(), EXPRESSIONS)
  const [one, other] = [first, second].map((number) => matching[number % matching.length])
  if (!one || !other) return undefined
  const breakdowns = specification.breakdowns ?? []
  if (specification.calculated_fields?.length) return undefined
  if (breakdowns.length > 0 && first % 2 === 0) {
    const group = Object.fromEntries(breakdowns.map((column) => [column, one.fields[column] ?? null]))
    return { query: question, selection: { group } }
  }
  const column = ['duration_ms', 'n', 'x'][second % 3] ?? ''
  const numbers = [one, other]
    .map(({ fields }) => fields[column])
    .filter((value) => typeof value === 'number')
  const seconds = [one, other].map(({ timeMs }) => Math.floor(timeMs / 1000))
  if (numbers.length === 0) return undefined
  const selection: Selection = {
    start_time: Math.min(...seconds),
    end_time: Math.max(...seconds) + 1,
    column,
    min: Math.min(...numbers),
    max: Math.max(...numbers),
  }
  return { query: question, selection }
}

function typeOf(values: readonly ColumnValue[]): ColumnType {
  if (values.every((value) => typeof value === 'boolean')) return 'boolean'
  if (values.every((value) => Number.isInteger(value))) return 'integer'
  return values.every((value) => typeof value === 'number') ? 'float' : 'string'
}
