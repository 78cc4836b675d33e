import { attribute, serverSpan } from '../../contracts/evidence.ts'
import { type Arrivals, gatherArrivals, judgeArrivals } from '../arrivals.ts'
import {
  type Answers,
  defineChapter,
  met,
  missingAnswer,
  notChecked,
  notYet,
  type Verdict,
} from '../chapter.ts'
import type { ApiState, CheckContext, LoggedRequest } from '../context.ts'
import { readNumber } from '../read-number.ts'
import { CHECK_AGAIN_OR_DOCTOR } from '../whereabouts.ts'
import { countOf, quoted } from '../wording.ts'
import { findOff, findStale } from '../workspace-state.ts'
import { ATTRIBUTE, type Count, createdOf, METRIC, readCount } from './count.ts'
import { judgeCount, SENT_MS } from './judge-count.ts'
import { judgeAttribute, judgeCardinality, judgeKind, RESTART } from './judge-metric.ts'

const FILE = 'backend/api/create-activity.ts'
const PATH = /^\/api\/activities$/
const CREATED = 201
/** The time to live that the question is about: that of the posts of `npm run load`. */
const ASKED = '1-hour'

interface Gathered {
  readonly modes: CheckContext['modes']
  readonly api: string
  readonly apiState: ApiState
  /** The metric's chart since the start of the api. */
  readonly chart: string
  readonly dataset: string
  /** Posts that were created, and their traces. */
  readonly posts: Arrivals
  /** Every request for a new post since the start of the api, newest first. */
  readonly requests: readonly LoggedRequest[]
  /** Undefined where metrics cannot be read back. */
  readonly count: Count | undefined
  readonly answer: string | undefined
}

export const logsAndMetrics = defineChapter<Gathered>({
  number: 8,
  folder: '08-logs-and-metrics',
  title: 'Logs and metrics beside the trace',
  file: FILE,
  answers: [{ name: 'posts', meaning: `how many posts with the ttl ${ASKED} the chart has` }],
  gather,
  conditions: [
    { name: 'the log line of a new post is in its trace', judge: judgeLogLine },
    { name: `the metric ${METRIC} arrives`, judge: judgeArrived },
    { name: 'it is a counter', judge: ofCount(judgeKind) },
    { name: `it has the attribute ${ATTRIBUTE}`, judge: ofCount(judgeAttribute) },
    {
      name: 'its attributes have few values',
      judge: ofCount((count) => judgeCardinality(count, createdOf(count))),
    },
    { name: 'it counts each new post once', judge: ofCount(judgeCounted) },
    { name: 'the chart answers', judge: ofCount(judgeAnswer) },
  ],
  evidence: ({ posts }) => posts.traces.slice(0, 1).map(({ traceId }) => traceId),
})

async function gather(context: CheckContext, answers: Answers): Promise<Gathered> {
  const startedAtMs = (await context.apiStartedAt()) ?? 0
  const [arrivals, apiState, count] = await Promise.all([
    gatherArrivals(context, {
      method: 'POST',
      path: PATH,
      filter: 'http.method = "POST" AND http.url CONTAINS "/api/activities"',
      ...{ noun: 'new post', plural: 'new posts', send: post(context.api, 'Hello', '1-day') },
    }),
    context.apiState(),
    readCount(context, startedAtMs),
  ])
  const { requests, traces } = arrivals
  // A histogram of the same name, from an earlier attempt, is another metric.
  const chart = new URLSearchParams({ name: METRIC, kind: 'sum', calculations: 'INCREASE', by: ATTRIBUTE })
  if (startedAtMs > 0) chart.set('start_time', String(Math.ceil(startedAtMs / 1_000)))
  return {
    ...{ modes: context.modes, api: context.api, apiState, count, answer: answers.posts },
    chart: `${context.page}/metrics?${chart}`,
    dataset: `${context.service}-metrics`,
    posts: {
      ...arrivals,
      requests: requests.filter(({ status }) => status === CREATED),
      traces: traces.filter((trace) => {
        const server = serverSpan(trace, context.service)
        return server?.status === CREATED && PATH.test(String(attribute(server, 'url.path') ?? ''))
      }),
    },
    requests: requests.filter(({ atMs }) => atMs >= startedAtMs),
  }
}

function post(api: string, message: string, ttl: string): string {
  return `curl -i ${api}/api/activities -H 'content-type: application/json' -d '${JSON.stringify({ message, ttl })}'`
}

function judgeLogLine({ modes, posts }: Gathered): Verdict {
  // It has the logs and the metrics.
  const off = findOff(modes, 'honeycomb')
  if (off) return off
  const arrived = judgeArrivals(posts)
  if (!arrived.isMet) return arrived
  const [newest] = posts.traces
  if (newest && !newest.logs) return notChecked(`a live Honeycomb returns no logs. ${arrived.saw}`)
  const lines = posts.traces.flatMap(({ logs = [], traceId }) =>
    logs.flatMap((line) => (line.startsWith('POST ') ? `“${line}” in ${traceId}` : [])),
  )
  if (lines[0]) return met(`${lines[0]}; ${arrived.saw}`)
  return notYet(
    `The log line of the post ${newest?.traceId} has not arrived in its trace.`,
    CHECK_AGAIN_OR_DOCTOR,
  )
}

function judgeArrived({ count, dataset, apiState, requests, api }: Gathered): Verdict {
  if (!count) return noMetrics(dataset)
  if (count.metric) return met(`${METRIC}, in ${count.metric.dataset}`)
  const stale = findStale(apiState, post(api, 'Hello, metric', '1-day'))
  if (stale) return stale
  const newest = requests.find(({ status }) => status === CREATED)
  // Both metrics are sent at the same time.
  const created = createdOf(count)
  if (!newest && created === 0) {
    return notYet(
      'No post was created since the api was started, so there is nothing to count.',
      post(api, 'Hello, metric', '1-day'),
    )
  }
  if (newest && Date.now() - newest.atMs < SENT_MS) {
    return notYet(
      'Metrics are sent every ten seconds: the first one is on its way.',
      'Run the check again in ten seconds',
    )
  }
  const similar = count.metrics.find(({ name }) => name !== METRIC && isSimilar(name))
  if (similar) {
    return notYet(
      `There is a metric ${similar.name}, and no ${METRIC}: a misspelt name?`,
      `Correct the name in ${FILE}, and ${RESTART}`,
    )
  }
  return notYet(
    `Since the api was started it has created ${countOf(created, 'post')}, and there is no metric ${METRIC} among its ${count.metrics.length}.`,
    `Create the counter in ${FILE} and add 1 for each new post, and ${RESTART}`,
  )
}

/** Of the application, or with the words of the metric's name: no other metric has them. */
function isSimilar(name: string): boolean {
  return /^app\b|activit|created|posts?\b/i.test(name)
}

function judgeCounted(count: Count, { requests, api }: Gathered): Verdict {
  return judgeCount(count, {
    newestMs: requests[0]?.atMs,
    refuse: post(api, '', '1-day'),
    nowMs: Date.now(),
  })
}

function judgeAnswer({ byTtl }: Count, { chart, answer, posts }: Gathered): Verdict {
  const right = Math.round(byTtl.get(ASKED) ?? 0)
  const fix = `${chart} has the numbers below the chart. npm run workshop -- 8 posts=<number>`
  if (answer === undefined)
    return missingAnswer(`how many posts with the ttl ${ASKED} were created since the api was started?`, fix)
  const given = readNumber(answer)
  if (given === undefined || !Number.isInteger(given))
    return notYet(`${quoted(answer)} is not a number of posts.`, fix)
  if (given === right) return met(`${right} with the ttl ${ASKED}. ${ofTraces(posts)}`)
  const total = Math.round([...byTtl.values()].reduce((sum, one) => sum + one, 0))
  if (given === total)
    return notYet(
      `${answer} is the number of all posts: the question is about those with the ttl ${ASKED}.`,
      fix,
    )
  if (given === posts.requests.filter(({ isKept }) => isKept).length)
    return notYet(`${answer} is how many posts’ traces were kept. The metric counts the others too.`, fix)
  return notYet(
    `The chart has another number than ${answer}: were there more posts since, or is its time range another one?`,
    fix,
  )
}

/** The difference that the chapter is about. */
function ofTraces({ requests }: Arrivals): string {
  const kept = requests.filter(({ isKept }) => isKept).length
  return `Of ${countOf(requests.length, 'post')} in the log, ${kept} ${kept === 1 ? 'has' : 'have'} a trace: the metric counted them all`
}

function noMetrics(dataset: string): Verdict {
  return notChecked(`a live Honeycomb returns no metrics. Look for ${METRIC} in the dataset ${dataset}`)
}

/** A condition on the count; met without a look where metrics cannot be read back. */
function ofCount(judge: (count: Count, gathered: Gathered) => Verdict): (gathered: Gathered) => Verdict {
  return (gathered) => (gathered.count ? judge(gathered.count, gathered) : noMetrics(gathered.dataset))
}
