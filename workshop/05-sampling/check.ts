import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const START_RATE = 0.1
/** With fewer requests most are kept by the reservoir, so that the rate does not show. */
const ENOUGH = 100

export const sampling: Chapter = oneCondition({
  number: 5,
  folder: '05-sampling',
  title: 'Sampling: the rule, the reservoir, and what goes missing',
  file: 'aws/json/xray.json',
  async check(context) {
    if (context.modes.xray === 'off') return notYet('X-Ray is off.', 'npm run env -- XRAY_ENABLED=true')
    const rule = await context.samplingRule()
    if (!rule) return notYet('There is no sampling rule of the workspace.', 'npm run aws')
    const { rate, reservoir, requests, sampled } = rule
    const evidence = [
      `the rule ${rule.name}: ${reservoir} per second, then ${percent(rate)}; ${requests} recent requests, ${sampled} sampled`,
    ]
    if (rule.wantedRate === START_RATE && rate === START_RATE) {
      return notYet(
        `The rule keeps ${percent(rate)}, as at the start.`,
        'Write another FixedRate into aws/json/xray.json (0.5, say), and npm run aws',
        evidence,
      )
    }
    if (rate !== rule.wantedRate) {
      return notYet(
        `aws/json/xray.json says ${percent(rule.wantedRate)}, and X-Ray has ${percent(rate)}.`,
        'npm run aws shows the difference and applies the file',
        evidence,
      )
    }
    if (requests < ENOUGH) {
      return notYet(
        `X-Ray has counted ${requests} recent requests: too few to show a rate.`,
        'npm run load -- --rate 40 --duration 20; the services report every ten seconds',
        evidence,
      )
    }
    const share = sampled / requests
    if (share >= 1 && rate < 1) {
      return notYet(
        'All of them were sampled, so another rule or sampler decided.',
        'npm run env -- --unset OTEL_TRACES_SAMPLER, npm run setup, and npm run load -- --rate 40 --duration 20',
        evidence,
      )
    }
    evidence.push(`${percent(share)} sampled: the reservoir and ${percent(rate)} of the rest`)
    if (context.modes.honeycomb !== 'local') return passed(evidence)
    // The newest two may still be on their way.
    const traceIds = (await context.recentTraces()).slice(2, 12)
    const states = await Promise.all(traceIds.map(async (traceId) => (await context.trace(traceId)).state))
    const incomplete = states.filter((state) => state.honeycomb === 'missing' || state.xray === 'missing')
    if (incomplete.length > 0) {
      return notYet(
        `${incomplete.length} of ${states.length} sampled traces are not in both Honeycomb and X-Ray.`,
        'Wait until they have arrived, and run the check again; npm run doctor',
        evidence,
      )
    }
    return passed([
      ...evidence,
      `one decision: each of ${states.length} sampled traces is in Honeycomb and in X-Ray`,
    ])
  },
})

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
