import { honeycombAuthSchema, honeycombUi } from '../../contracts/honeycomb-auth.ts'
import type { ClientMistake, ProvidersRead, RuleUse } from '../../contracts/sandbox/health.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Store } from '../store/store.ts'
import { byPriority, ruleOf } from '../xray/sampling-rules.ts'
import type { HttpErrorLog } from './http-errors.ts'

const MINUTES = 15
const AUTH_TIMEOUT_MS = 2_000

export type ProviderTargets = Pick<Providers, 'honeycomb' | 'xray' | 'rollbar'>

export function createProviderReads(
  store: Store,
  targets: ProviderTargets | undefined,
  counts: () => Promise<ProvidersRead['counts']>,
  errors: HttpErrorLog,
  clientMistakes: () => ClientMistake[],
) {
  let owner: Promise<ProvidersRead['honeycomb']['live']> | undefined
  return async (): Promise<ProvidersRead> => {
    owner ??= readOwner(targets)
    return {
      honeycomb: { mode: targets?.honeycomb.mode ?? 'local', live: await owner },
      xray: {
        mode: targets?.xray.mode ?? 'local',
        region: targets?.xray.region ?? 'us-east-1',
        pipeline: targets?.xray.pipeline ?? 'sdk',
      },
      rollbar: { mode: targets?.rollbar.mode ?? 'local' },
      received: store.activity.perMinute(MINUTES, Date.now()),
      counts: await counts(),
      httpErrors: errors.list(),
      foreignPages: errors.foreignPages(),
      clientMistakes: clientMistakes(),
      rules: readRules(store),
      futureRequests: store.traces.futureCount(),
      pruned: store.traces.isAnyPruned(),
    }
  }
}

function readRules(store: Store): RuleUse[] {
  const reported = Map.groupBy(store.sampling.statistics(), ({ rule }) => rule)
  const sum = (rule: string, name: 'requests' | 'sampled' | 'borrowed') =>
    (reported.get(rule) ?? []).reduce((total, window) => total + window[name], 0)
  return store.sampling
    .rules()
    .map(ruleOf)
    .toSorted(byPriority)
    .map((rule) => ({
      name: rule.RuleName,
      priority: rule.Priority,
      fixedRate: rule.FixedRate,
      reservoir: rule.ReservoirSize,
      service: rule.ServiceName,
      method: rule.HTTPMethod,
      path: rule.URLPath,
      requests: sum(rule.RuleName, 'requests'),
      sampled: sum(rule.RuleName, 'sampled'),
      borrowed: sum(rule.RuleName, 'borrowed'),
    }))
}

/** Asks a live Honeycomb once which team the key belongs to. Without an answer there are no links to it. */
async function readOwner(targets: ProviderTargets | undefined): Promise<ProvidersRead['honeycomb']['live']> {
  if (targets?.honeycomb.mode !== 'live') return null
  const { apiEndpoint, apiKey } = targets.honeycomb
  try {
    const response = await fetch(`${apiEndpoint}/1/auth`, {
      headers: { 'X-Honeycomb-Team': apiKey },
      signal: AbortSignal.timeout(AUTH_TIMEOUT_MS),
    })
    const { team, environment } = honeycombAuthSchema.parse(await response.json())
    return {
      ui: honeycombUi(apiEndpoint),
      team: team.slug,
      ...(environment.slug && { environment: environment.slug }),
    }
  } catch {
    return null
  }
}
