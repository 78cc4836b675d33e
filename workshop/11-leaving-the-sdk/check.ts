import { attribute } from '../../contracts/evidence.ts'
import { type Chapter, defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { CHECK_AGAIN, CHECK_AGAIN_OR_DOCTOR } from '../whereabouts.ts'
import { findOff } from '../workspace-state.ts'
import { ancestors, gatherRequests, gatherRuns, isOfSdk, POSTS, type Runs, type SpanRun } from './runs.ts'

const FILE = 'backend/digest/digest.ts'
const RUN = 'npm run workshop -- digest'
const UNDER_ONE_ID = 'Honeycomb and X-Ray have the run under one id'
const FROM_START = `npm run workshop -- reset 11, then ${RUN}`

interface Gathered extends Runs, Awaited<ReturnType<typeof gatherRequests>> {
  readonly run: SpanRun | undefined
  readonly modes: CheckContext['modes']
  readonly pipeline: CheckContext['pipeline']
}

export const leavingTheSdk: Chapter = defineChapter<Gathered>({
  number: 11,
  folder: '11-leaving-the-sdk',
  title: 'Leaving the X-Ray SDK for OpenTelemetry’s own protocol',
  file: FILE,
  gather: async (context) => {
    const runs = await gatherRuns(context)
    const { modes, pipeline } = context
    return { ...runs, run: chooseRun(runs), ...(await gatherRequests(context)), modes, pipeline }
  },
  conditions: [
    { name: 'the X-Ray SDK recorded a run of the digest', judge: judgeSdk },
    { name: 'a span of OpenTelemetry recorded the next run', judge: judgeSpan },
    { name: 'the span is above the api’s request, in one trace', judge: judgeTree },
    { name: 'the span says how many posts there were', judge: judgePosts },
    { name: UNDER_ONE_ID, judge: judgeAccounts },
    { name: 'a request of the api was written by no X-Ray SDK', judge: judgePipeline },
  ],
  finding: UNDER_ONE_ID,
  evidence: (gathered) => [
    ...gathered.bySdk
      .filter(({ request }) => request)
      .map(({ trace }) => trace.traceId)
      .slice(0, 1),
    ...(gathered.run ? [gathered.run.trace.traceId] : []),
    ...(gathered.withoutSdk ? [gathered.withoutSdk.traceId] : []),
  ],
})

function judgeSdk({ bySdk, bySpan, modes }: Gathered): Verdict {
  const off = findOff(modes, 'xray')
  if (off) return off
  const whole = bySdk.find(({ request }) => request)
  if (whole) {
    const { trace, segment, request } = whole
    const inHoneycomb =
      modes.honeycomb === 'local'
        ? ', which Honeycomb does not have'
        : ' (not checked: that Honeycomb does not have it)'
    return met(
      `the segment ${segment.id} of ${segment.sdk}${inHoneycomb}, above the request ${request?.id} of trace ${trace.traceId}`,
    )
  }
  const [newest] = bySdk
  if (newest) {
    return notYet(
      `The segment ${newest.segment.id} of trace ${newest.trace.traceId} has no request of the api below it: the header X-Amzn-Trace-Id was not sent, or names another segment.`,
      `Pass it to fetchPosts, as ${FILE} does at the start: ${FROM_START}`,
    )
  }
  const [span] = bySpan
  if (span) {
    return notYet(
      `Every run of the digest was recorded by OpenTelemetry, such as trace ${span.trace.traceId}. To compare, one by the X-Ray SDK is needed.`,
      `${FROM_START}. Your version is kept`,
    )
  }
  return notYet('The digest has not run yet, or its segment has not arrived.', RUN)
}

function judgeSpan({ bySdk, bySpan }: Gathered): Verdict {
  // The call to the api may be in a trace without the learner's span.
  const run = bySpan.find(({ span }) => span) ?? bySpan[0]
  if (run) return met(`the trace ${run.trace.traceId}`)
  return notYet(
    `The newest run, trace ${bySdk[0]?.trace.traceId}, was still recorded by the X-Ray SDK alone, and no span of the digest has arrived since.`,
    `Import ./instrumentation.ts first and start a span in ${FILE} (npm run workshop -- 11 --solution shows how), then ${RUN}`,
  )
}

/** The newest run that is right, else the newest one, whose mistake the check names. */
function chooseRun(runs: Runs): SpanRun | undefined {
  const isRight = (run: SpanRun) => isWhole(run) && !twinOf(run, runs) && judgeAmount(run).isMet
  return runs.bySpan.find(isRight) ?? runs.bySpan[0]
}

function isWhole({ trace, span, call, request }: SpanRun): boolean {
  return (
    span !== undefined && call !== undefined && request !== undefined && ancestors(trace, call).includes(span)
  )
}

/** The segment that the SDK has made in the same run: both at one time, by one service. */
function twinOf({ span, call }: SpanRun, { bySdk }: Pick<Runs, 'bySdk'>) {
  const own = span ?? call
  if (!own) return undefined
  const endMs = own.startMs + own.durationMs
  return bySdk.find(
    ({ segment }) => segment.startMs <= endMs && own.startMs <= segment.startMs + segment.durationMs,
  )
}

function judgeTree({ run, ...runs }: Gathered): Verdict {
  if (!run) return notYet('No span of the digest has arrived.', RUN)
  const { trace, span, call, request } = run
  const twin = twinOf(run, runs)
  if (twin) {
    return notYet(
      `One run has two accounts with two ids: the SDK’s segment ${twin.segment.id} in trace ${twin.trace.traceId}, and OpenTelemetry’s spans in trace ${trace.traceId}. Two tracers do not know of each other.`,
      `Remove Segment and captureAsyncFunc from ${FILE}, then ${RUN}`,
    )
  }
  if (isWhole(run)) {
    return met(`the span ${span?.id}, above the request ${request?.id} of trace ${trace.traceId}`)
  }
  if (call && !span) return judgeCallAlone(run, runs)
  if (!call) {
    return notYet(
      `Your span ${span?.id} in trace ${trace.traceId} has no call to the api in it.`,
      `Call fetchPosts inside the function of startActiveSpan, after the import of ./instrumentation.ts, then ${RUN}`,
    )
  }
  return notYet(
    `The digest’s call in trace ${trace.traceId} has no request of the api below it, or your span is not above it.`,
    `Call fetchPosts without headers: the instrumentation sends them. Then ${RUN}`,
  )
}

/** Of a trace that has the digest's call, and no other span of the digest. */
function judgeCallAlone({ trace, call }: SpanRun, { bySpan }: Pick<Runs, 'bySpan'>): Verdict {
  if (call?.parentId !== undefined) {
    return notYet(
      `The digest’s call in trace ${trace.traceId} names the parent ${call.parentId}, which never arrived: a span that is not ended is not sent.`,
      `span.end() in finally, then ${RUN}`,
    )
  }
  const lonely = bySpan.find((other) => other.span && !other.call)
  if (lonely) {
    return notYet(
      `The call to the api began another trace, ${trace.traceId}, beside your span ${lonely.span?.id} in trace ${lonely.trace.traceId}: the span was not active. startSpan does not make it active.`,
      `startActiveSpan, with fetchPosts inside its function, then ${RUN}`,
    )
  }
  return notYet(
    `In trace ${trace.traceId} is only the call to the api, which the instrumentation has recorded. There is no span of yours.`,
    `tracer.startActiveSpan('write-digest', …) around fetchPosts, then ${RUN}`,
  )
}

function judgePosts({ run }: Gathered): Verdict {
  return run ? judgeAmount(run) : notYet('No span of the digest has arrived.', RUN)
}

function judgeAmount({ span, answered }: SpanRun): Verdict {
  const posts = span && attribute(span, POSTS)
  if (typeof posts !== 'number') {
    return notYet(
      posts === undefined
        ? `The span ${span?.id} has no attribute ${POSTS}.`
        : `${POSTS} is ${JSON.stringify(posts)}, which is no number.`,
      `span.setAttribute('${POSTS}', posts.length), then ${RUN}`,
    )
  }
  if (answered !== undefined && answered !== posts) {
    return notYet(
      `${POSTS} is ${posts}, but the api answered ${answered} posts, by its span home-activities.`,
      `Record posts.length, then ${RUN}`,
    )
  }
  return met(
    `${POSTS} = ${posts}${answered === undefined ? ' (not checked: how many the api answered)' : ''}`,
  )
}

function judgeAccounts({ modes, run, pipeline }: Gathered): Verdict {
  const { id = '', foundIn = [] } = run?.span ?? {}
  if (!foundIn.includes('xray')) {
    return notYet(
      `X-Ray does not have the span ${id} of trace ${run?.trace.traceId} yet.`,
      pipeline === 'otlp'
        ? `${CHECK_AGAIN}. Without Transaction Search X-Ray refuses spans over OTLP: npm run setup switches it on in the sandbox, then ${RUN}`
        : `${CHECK_AGAIN}; npm run status says what has become of it`,
    )
  }
  if (modes.honeycomb !== 'local')
    return met(`X-Ray has ${id} (not checked: Honeycomb, which returns no spans)`)
  if (foundIn.includes('honeycomb')) return met(`both have ${id}`)
  return notYet(`Honeycomb does not have the span ${id}.`, CHECK_AGAIN_OR_DOCTOR)
}

function judgePipeline({ withoutSdk, newest, pipeline }: Gathered): Verdict {
  if (withoutSdk) return met(`the segment ${withoutSdk.span.id} of trace ${withoutSdk.traceId}`)
  if (pipeline !== 'otlp') {
    return notYet(
      pipeline === 'sdk'
        ? 'XRAY_PIPELINE is sdk: spans become segments of the X-Ray SDK, and go to the daemon.'
        : 'XRAY_PIPELINE is collector: spans go to an OpenTelemetry Collector, which makes segments of them.',
      'npm run env -- XRAY_PIPELINE=otlp, then npm run setup',
    )
  }
  if (newest && isOfSdk(newest.span.sdk)) {
    return notYet(
      `The newest request in X-Ray, ${newest.traceId}, still came through the SDK.`,
      'npm run setup restarts the services with the new pipeline. Then send a request: npm run verify',
    )
  }
  return notYet(
    'X-Ray has no request of the api yet.',
    'npm run setup, which switches on Transaction Search, then npm run verify',
  )
}
