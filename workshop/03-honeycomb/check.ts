import type { RequestKind } from '../arrivals.ts'
import { type Answers, type Chapter, defineChapter, met, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { type Exercise, gatherExercise, judgeKept, notShownYet, ofNewest } from '../exercise.ts'
import { countOf } from '../wording.ts'
import { judgeAnswer } from './question.ts'
import {
  judgeNumber,
  judgePlace,
  judgeRows,
  judgeSpan,
  RESULTS,
  readSearch,
  type Search,
  SPAN,
} from './span.ts'

const NOTHING = 'nothing'

interface Gathered {
  readonly context: CheckContext
  readonly answers: Answers
  readonly exercise: Exercise
  /** Newest first. */
  readonly searches: readonly Search[]
}

export const honeycomb: Chapter = defineChapter<Gathered>({
  number: 3,
  folder: '03-honeycomb',
  title: 'Honeycomb: a span of your own, and a query on it',
  file: 'backend/api/search-activities.ts',
  answers: [{ name: NOTHING, meaning: 'how many searches found nothing, as Ask counts them' }],
  async gather(context, answers) {
    const exercise = await gatherExercise(context, searchesOf(context))
    return { context, answers, exercise, searches: exercise.observed.map(readSearch) }
  },
  conditions: [
    { name: 'a search was kept', judge: ({ exercise }) => judgeKept(exercise) },
    { name: `your span ${SPAN} is in its trace`, judge: ofNewest(searchesIn, judgeSpan) },
    { name: 'the span is between the request and the query', judge: ofNewest(searchesIn, judgePlace) },
    { name: `the span has the number ${RESULTS}`, judge: ofNewest(searchesIn, judgeNumber) },
    { name: 'the number is what the query returned', judge: ofNewest(searchesIn, judgeRows) },
    { name: 'one search found posts, and one nothing', judge: judgeBoth },
    {
      name: 'you have asked how many found nothing',
      judge: ({ context, answers }) => judgeAnswer(context, answers[NOTHING]),
    },
  ],
  evidence: ({ searches }) => {
    const { found, empty } = bothOf(searches)
    return [found, empty].flatMap((search) => search?.trace.traceId ?? [])
  },
})

function searchesOf({ api }: CheckContext): RequestKind {
  return {
    method: 'GET',
    path: /^\/api\/activities\/search$/,
    filter: 'http.url CONTAINS "/api/activities/search"',
    noun: 'search',
    plural: 'searches',
    send: searchFor(api, 'dns'),
  }
}

function searchFor(api: string, term: string): string {
  return `curl -i '${api}/api/activities/search?term=${term}'`
}

function searchesIn({ searches }: Gathered): readonly Search[] {
  return searches
}

/** The newest searches that are recorded right: one with results, one without. */
function bothOf(searches: readonly Search[]) {
  const right = searches.filter(({ isRight }) => isRight)
  return {
    found: right.find(({ results }) => Number(results) > 0),
    empty: right.find(({ results }) => results === 0),
  }
}

function judgeBoth({ context: { api }, exercise, searches }: Gathered): Verdict {
  const { found, empty } = bothOf(searches)
  if (found && empty)
    return met(
      `${countOf(Number(found.results), 'post')} in ${found.trace.traceId}, none in ${empty.trace.traceId}`,
    )
  const what = found
    ? 'Every search that was kept found posts: one that finds nothing is missing.'
    : 'Every search that was kept found nothing: one that finds posts is missing.'
  const wrong = searches.find(({ results, rows }) => rows.length > 0 && !rows.includes(Number(results)))
  const earlier = wrong
    ? ` (In the earlier trace ${wrong.trace.traceId} the span says ${wrong.results}, and the query returned ${wrong.rows.at(-1)}.)`
    : ''
  return notShownYet(exercise, what + earlier, searchFor(api, found ? 'nothinglikethis' : 'dns'))
}
