import { GetSamplingStatisticSummariesCommand } from '@aws-sdk/client-xray'
import type { SeenRule } from '../../workshop/evidence.ts'
import { nameDefinitions, readDefinitions } from '../aws/definitions.ts'
import { call } from '../aws/error.ts'
import { findSamplingRules } from '../aws/resources.ts'
import type { Sources } from './sources.ts'

/** X-Ray keeps its windows longer; a change of the rule is to be seen soon. ms */
const OF_LATE_MS = 10 * 60_000

/** The first rule of `aws/json/`: as X-Ray has it, and what it has decided of late. Undefined where there is none. */
export async function readSamplingRule({ settings, xray }: Sources): Promise<SeenRule | undefined> {
  const [wanted] = nameDefinitions(readDefinitions(), settings).rules
  const rule = wanted && (await findSamplingRules(xray)).get(wanted.RuleName)
  if (!wanted || !rule) return undefined
  const { SamplingStatisticSummaries = [] } = await call(
    'xray:GetSamplingStatisticSummaries',
    xray.context,
    () => xray.client.send(new GetSamplingStatisticSummariesCommand({})),
  )
  const since = Date.now() - OF_LATE_MS
  const windows = SamplingStatisticSummaries.filter(
    ({ RuleName, Timestamp }) => RuleName === wanted.RuleName && (Timestamp?.getTime() ?? 0) >= since,
  )
  return {
    name: wanted.RuleName,
    rate: rule.FixedRate ?? 0,
    reservoir: rule.ReservoirSize ?? 0,
    wantedRate: wanted.FixedRate,
    requests: windows.reduce((sum, { RequestCount = 0 }) => sum + RequestCount, 0),
    sampled: windows.reduce((sum, { SampledCount = 0 }) => sum + SampledCount, 0),
  }
}
