import {
  GetIndexingRulesCommand,
  GetTraceSegmentDestinationCommand,
  GetTraceSummariesCommand,
  UpdateIndexingRuleCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { type OpenResources, withResources } from '../aws/resources.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type CheckResult, type Context, good, note, warning } from './check.ts'

const HOUR_MS = 3_600_000

/** Whether the group finds traces, and if not, why. */
export async function checkGroup(
  { settings, providers }: Context,
  { definitions, client }: OpenResources,
  quiet: Terminal,
): Promise<CheckResult> {
  const { GroupName, FilterExpression } = definitions.group
  const now = Date.now()
  const { TraceSummaries = [] } = await client.send(
    new GetTraceSummariesCommand({
      StartTime: new Date(now - HOUR_MS),
      EndTime: new Date(now),
      FilterExpression,
    }),
  )
  if (TraceSummaries.length > 0)
    return good(
      `The group ${GroupName} finds ${TraceSummaries.length} ${TraceSummaries.length === 1 ? 'trace' : 'traces'} of the last hour`,
    )
  const { mode, pipeline, apiEndpoint } = providers.xray
  const indexed = mode === 'local' && pipeline === 'sdk' ? await readIndexed(client) : 100
  if (indexed < 100) {
    return warning({
      code: 'TRACES_NOT_INDEXED',
      what: `The group ${GroupName} finds no trace of the last hour: Transaction Search is on in the sandbox, and X-Ray’s API lists only the ${indexed} % of the traces that are indexed.`,
      why: 'It was switched on for an app that sends to XRAY_OTLP_ENDPOINT, and concerns all (docs/your-app/README.md, Transaction Search).',
      fix: `To index all traces: npm run doctor -- --fix. If no app needs it: curl ${apiEndpoint}/UpdateTraceSegmentDestination -d '{"Destination":"XRay"}'`,
      applyFix: async () => {
        await withResources(settings, providers, quiet, (open) => open.client.send(indexAll()))
        return 'X-Ray’s API lists every trace of the sandbox from now on'
      },
    })
  }
  return note({
    code: 'GROUP_EMPTY',
    what: `The group ${GroupName} (${FilterExpression}) finds no trace of the last hour.`,
    why: 'It holds failed requests, and there may have been none.',
    fix: 'npm run verify makes one',
  })
}

/** The share of new traces, in percent, that X-Ray's API lists: all unless Transaction Search is on. */
async function readIndexed(client: XRayClient): Promise<number> {
  const { Destination } = await client.send(new GetTraceSegmentDestinationCommand({}))
  if (Destination !== 'CloudWatchLogs') return 100
  const { IndexingRules } = await client.send(new GetIndexingRulesCommand({}))
  return IndexingRules?.[0]?.Rule?.Probabilistic?.DesiredSamplingPercentage ?? 100
}

function indexAll(): UpdateIndexingRuleCommand {
  const Probabilistic = { DesiredSamplingPercentage: 100 }
  return new UpdateIndexingRuleCommand({ Name: 'Default', Rule: { Probabilistic } })
}
