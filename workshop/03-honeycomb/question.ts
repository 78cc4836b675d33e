import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { met, missingAnswer, notChecked, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { readNumber } from '../read-number.ts'
import { quoted } from '../wording.ts'
import { RESULTS, SPAN } from './span.ts'

/** The time range of the chapter's question (s): what a Query Specification without one means. */
const RANGE_S = 7_200
/** How old an answer may be (s): the learner may have asked before the last searches. */
const RECENT_S = 600
const OTHER_RANGES_S = [600, 1_800, 3_600, 86_400]

type Filters = NonNullable<QueryInput['filters']>

const OWN: Filters[number] = { column: 'name', op: '=', value: SPAN }
const RIGHT: Filters = [OWN, { column: RESULTS, op: '=', value: 0 }]

/** Questions that a learner may have asked instead. */
const OTHERS: readonly { readonly filters: Filters; readonly what: string; readonly fix: string }[] = [
  {
    filters: [],
    what: 'That is the number of all events, spans and logs: WHERE is empty.',
    fix: `Add name = ${SPAN} and ${RESULTS} = 0 to WHERE`,
  },
  {
    filters: [OWN],
    what: `That is the number of all searches: the filter on ${RESULTS} is missing.`,
    fix: `Add ${RESULTS} = 0 to WHERE`,
  },
  {
    filters: [OWN, { column: RESULTS, op: '>', value: 0 }],
    what: 'That is the number of searches that found something.',
    fix: `The second filter is ${RESULTS} = 0`,
  },
  {
    filters: [OWN, { column: RESULTS, op: 'does-not-exist' }],
    what: `That is the number of spans without ${RESULTS}.`,
    fix: `The second filter is ${RESULTS} = 0`,
  },
]

/** Whether the learner's number is one that Ask has shown for the searches that found nothing. It never says the number. */
export async function judgeAnswer(context: CheckContext, given: string | undefined): Promise<Verdict> {
  const { honeycomb } = context.modes
  if (honeycomb === 'live')
    return notChecked('live Honeycomb answers questions of programs only for Enterprise teams')
  if (honeycomb === 'off') return notChecked('Honeycomb is off')
  const again = `${linkTo(context.page)} opens it without its filters. Then: npm run workshop -- 3 nothing=<number>`
  if (given === undefined) return missingAnswer('how many searches found nothing?', again)
  const read = readNumber(given)
  if (read === undefined) return notYet(`${quoted(given)} is not a number.`, again)
  const answer = Math.round(read)

  const nowS = Math.floor(Date.now() / 1_000)
  const isAnswerTo = async (filters: Filters) => (await countsOf(context, filters, nowS)).includes(answer)
  if (await isAnswerTo(RIGHT)) return met(`${answer}, as Ask counts them`)
  for (const { filters, what, fix } of OTHERS)
    if (await isAnswerTo(filters)) return notYet(what, `${fix}. ${again}`)
  const kept = await ask(context, RIGHT, { time_range: RANGE_S })
  if (kept?.rows === answer) {
    return notYet(
      'That is how many such searches were kept. COUNT is larger: each counts as often as its SampleRate says.',
      `Take the number in the column COUNT. ${again}`,
    )
  }
  for (const time_range of OTHER_RANGES_S) {
    if (Math.round(countIn(await ask(context, RIGHT, { time_range }))) !== answer) continue
    return notYet('That is the number of another time range.', `Choose the last 2 hours. ${again}`)
  }
  return notYet(
    `Ask does not show ${answer} for that question.`,
    `In WHERE: name = ${SPAN}, and ${RESULTS} = 0; the last 2 hours; each new search changes the number. ${again}`,
  )
}

/** What the question counted at any moment of the last ten minutes. */
async function countsOf(context: CheckContext, filters: Filters, nowS: number): Promise<number[]> {
  const recentS = nowS - RECENT_S
  const before = await ask(context, filters, { start_time: nowS - RANGE_S, end_time: recentS })
  const recent = await ask(context, filters, { start_time: recentS, end_time: nowS + 1, granularity: 1 })
  const counts = [countIn(before)]
  for (const { data } of recent?.series ?? []) counts.push((counts.at(-1) ?? 0) + Number(data.COUNT ?? 0))
  return counts.map(Math.round)
}

function ask(
  context: CheckContext,
  filters: Filters,
  time: Partial<QueryInput>,
): Promise<QueryAnswer | undefined> {
  return context.ask({ calculations: [{ op: 'COUNT' }], filters, ...time })
}

function countIn(answer: QueryAnswer | undefined): number {
  return Number(answer?.results[0]?.COUNT ?? 0)
}

/** The page with the question, which lacks its filters. */
function linkTo(page: string): string {
  const query = JSON.stringify({ calculations: [{ op: 'COUNT' }], time_range: RANGE_S })
  return `${page}/ask?${new URLSearchParams({ dataset: '__all__', query })}`
}
