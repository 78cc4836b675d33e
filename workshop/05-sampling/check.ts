import type { TraceEvidence } from '../../contracts/evidence.ts'
import type { RuleDecisionsHealth, SamplerHealth } from '../../contracts/telemetry-health.ts'
import { type Answers, defineChapter, met, notChecked, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, LoggedRequest, SamplingRule } from '../context.ts'
import { CHECK_AGAIN, whereabouts } from '../whereabouts.ts'
import { countOf } from '../wording.ts'
import { apiStopped, findOff } from '../workspace-state.ts'
import { percent } from './chance.ts'
import { judgeCalculation } from './judge-calculation.ts'

const FILE = 'aws/json/xray.json'
const LOAD = 'npm run load -- --rate 40 --duration 20'
/** The rate of the rule before the exercise. */
const START_RATE = 0.1
/** With fewer requests the range of chance is wide. */
const ENOUGH = 100
/** How many requests the rate has to decide, that is, those that the reservoir did not keep. */
const ENOUGH_FOR_RATE = 50
/** How many kept traces are looked at. */
const LOOKED_AT = 10

interface Gathered {
  readonly modes: CheckContext['modes']
  readonly page: string
  readonly rule: SamplingRule
  readonly sampler: SamplerHealth | undefined
  /** What the rule has decided in the api. */
  readonly decided: RuleDecisionsHealth | undefined
  /** Epoch milliseconds of the last reset of the chapter. */
  readonly since: number
  /** Requests in the api's log since then. */
  readonly logged: number
  readonly signIns: number
  readonly answer: string | undefined
  /** Traces that were kept and had time to arrive. */
  readonly kept: readonly TraceEvidence[]
}

/** X-Ray, whose rules the chapter is about, is off. */
interface Off {
  readonly off: Verdict
}

export const sampling = defineChapter<Gathered | Off>({
  number: 5,
  folder: '05-sampling',
  title: 'Sampling: the rule, the reservoir, and what goes missing',
  file: FILE,
  answers: [
    {
      name: 'kept',
      meaning: 'how many of your requests the rule keeps at the rate that the check asks about',
    },
  ],
  gather,
  finding: 'you can calculate what is kept',
  conditions: [
    { name: `${FILE} has a rate of your own`, judge: whereOn(judgeFile) },
    { name: 'X-Ray has the rule of the file', judge: whereOn(judgeXRay) },
    { name: 'the api decides by it', judge: whereOn(judgeApi) },
    { name: 'enough requests came', judge: whereOn(judgeRequests) },
    {
      name: 'you can calculate what is kept',
      judge: whereOn(({ decided, answer, signIns, sampler }) =>
        judgeCalculation({ decided, answer, signIns, others: sampler?.rules }),
      ),
    },
    { name: 'one decision for both providers', judge: whereOn(judgeTraces) },
  ],
  evidence: (gathered) => ('off' in gathered ? [] : gathered.kept.map(({ traceId }) => traceId)),
})

async function gather(context: CheckContext, answers: Answers): Promise<Gathered | Off> {
  const { modes, page, since } = context
  const off = findOff(modes, 'xray')
  if (off) return { off }
  const [rule, sampler, gets, posts, recent] = await Promise.all([
    context.samplingRule(),
    context.sampler(),
    context.requests('GET', /^\//),
    context.requests('POST', /^\//),
    context.recentTraces(),
  ])
  const logged = [...gets, ...posts]
  const decided = sampler?.rules?.find(({ name }) => name === rule.name)
  const isSignIn = ({ path, atMs }: LoggedRequest) =>
    path === '/api/session' && decided !== undefined && atMs >= Date.parse(decided.since)
  const isOnItsWay = (request: LoggedRequest) => whereabouts(request) === 'on its way'
  const young = new Set(logged.filter(isOnItsWay).map(({ traceId }) => traceId))
  const ids = new Set([...logged.flatMap(({ traceId, isKept }) => (isKept ? traceId : [])), ...recent])
  const arrived = [...ids].filter((traceId) => !young.has(traceId)).slice(0, LOOKED_AT)
  return {
    ...{ modes, page, since, rule, sampler, decided, logged: logged.length, answer: answers.kept },
    signIns: posts.filter(isSignIn).length,
    kept: await Promise.all(arrived.map((traceId) => context.trace(traceId))),
  }
}

function whereOn(judge: (gathered: Gathered) => Verdict): (gathered: Gathered | Off) => Verdict {
  return (gathered) => ('off' in gathered ? gathered.off : judge(gathered))
}

function judgeFile({ rule: { wanted, inXRay } }: Gathered): Verdict {
  if (wanted.rate !== START_RATE) return met(percent(wanted.rate))
  if (inXRay && inXRay.rate !== wanted.rate) {
    return notYet(
      `X-Ray keeps ${percent(inXRay.rate)}, and ${FILE} still says ${percent(wanted.rate)}: the next npm run aws takes your change back.`,
      `Write "FixedRate": ${inXRay.rate} into ${FILE}`,
    )
  }
  return notYet(
    `The rule keeps ${percent(wanted.rate)}, as at the start.`,
    `Write "FixedRate": 0.5 into ${FILE}, and npm run aws`,
  )
}

function judgeXRay({ rule: { name, wanted, inXRay } }: Gathered): Verdict {
  if (!inXRay) {
    return notYet(
      `X-Ray has no rule ${name}. Was RuleName changed? A rule of a new name is one more rule, and the old one stays in force.`,
      `git diff ${FILE} shows what was changed; with the old RuleName, npm run aws`,
    )
  }
  if (inXRay.rate !== wanted.rate) {
    return notYet(
      `${FILE} says ${percent(wanted.rate)}, and X-Ray has ${percent(inXRay.rate)}: the file was changed, and not applied.`,
      'npm run aws',
    )
  }
  if (inXRay.reservoir !== wanted.reservoir) {
    return notYet(
      `${FILE} has a reservoir of ${wanted.reservoir}, and X-Ray of ${inXRay.reservoir}: the file was changed, and not applied.`,
      'npm run aws',
    )
  }
  return met(`${name}: ${inXRay.reservoir} a second, then ${percent(inXRay.rate)}`)
}

function judgeApi({ modes, rule, sampler, decided }: Gathered): Verdict {
  if (!sampler) return apiStopped(LOAD)
  if (sampler.name !== 'xray') {
    return notYet(
      `The api samples by OTEL_TRACES_SAMPLER=${sampler.name}, so that no rule of X-Ray has an effect.`,
      'npm run env -- --unset OTEL_TRACES_SAMPLER, and npm run setup; where your shell sets it, unset it there',
    )
  }
  if (sampler.fallback) {
    return notYet(
      `The api has no rules: ${sampler.failure ?? 'they have not arrived'}. It keeps one trace a second and 5 % of the rest.`,
      'npm run doctor',
    )
  }
  const wait = modes.xray === 'live' ? 'five minutes' : 'ten seconds'
  if (!decided) {
    return notYet(
      `The api has no rule ${rule.name}. It asks for the rules every ${wait}, and takes those whose ServiceName is its own.`,
      `Run the check again in ${wait}; if that does not help, git diff ${FILE}`,
    )
  }
  if (decided.fixedRate !== rule.wanted.rate) {
    return notYet(
      `X-Ray has ${percent(rule.wanted.rate)}, and the api still decides by ${percent(decided.fixedRate)}: it asks for the rules every ${wait}.`,
      `Run the check again in ${wait}, before you send requests`,
    )
  }
  return met(`since ${timeOf(decided.since)}`)
}

function judgeRequests({ sampler, decided, since: resetMs, logged }: Gathered): Verdict {
  if (!decided) return notYet('No rule has decided.', 'npm run aws')
  const { requests, fromReservoir, since } = decided
  const came = `Since the api read the rule at ${timeOf(since)}, it has decided about ${requests} requests`
  const other = sampler?.rules?.find((one) => one.requests >= ENOUGH && one.fixedRate < 1 && one !== decided)
  if (requests === 0 && other) {
    return notYet(
      `${came}: the rule ${other.name} comes first, and decided about ${other.requests}. Was RuleName changed?`,
      `git diff ${FILE}; with the old RuleName, npm run aws, and ${LOAD}`,
    )
  }
  const isReset = Date.parse(since) < resetMs && logged < ENOUGH
  if (requests < ENOUGH || isReset) {
    return notYet(
      `${requests < ENOUGH ? came : `Since you began again, ${logged} requests came`}: too few to show a rate. A restart begins the count again; /rollbar/* and requests with a traceparent header do not count.`,
      LOAD,
    )
  }
  const rest = requests - fromReservoir
  if (rest < ENOUGH_FOR_RATE) {
    return notYet(
      `Of ${requests} requests the reservoir kept ${fromReservoir}: at so few requests a second, the rate decided only about ${rest}.`,
      LOAD,
    )
  }
  return met(`${requests} since ${timeOf(since)}, of which the rule kept ${decided.sampled}`)
}

function judgeTraces({ modes, page, kept }: Gathered): Verdict {
  if (modes.honeycomb !== 'local')
    return notChecked(`Honeycomb is ${modes.honeycomb}, so its traces cannot be read back`)
  const [first, ...rest] = kept.filter(({ state }) => [state.honeycomb, state.xray].includes('missing'))
  if (first) {
    const lacking = first.state.honeycomb === 'missing' ? 'Honeycomb' : 'X-Ray'
    return notYet(
      `${rest.length + 1} of ${countOf(kept.length, 'kept trace')} ${rest.length === 0 ? 'is' : 'are'} not in both providers: ${lacking} has no ${first.traceId}.`,
      `${CHECK_AGAIN}; ${page}/trace/${first.traceId} shows what has arrived, npm run doctor why`,
    )
  }
  if (kept.length === 0) return notYet('The kept traces are on their way.', CHECK_AGAIN)
  return met(`the last ${countOf(kept.length, 'kept trace')}: in Honeycomb and in X-Ray`)
}

/** `13:40:12 UTC` */
function timeOf(iso: string): string {
  return `${iso.slice(11, 19)} UTC`
}
