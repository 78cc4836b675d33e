import { z } from 'zod'
import type { Mode, Providers, XRayTarget } from '../../settings/providers.ts'
import type { Store } from '../store/store.ts'
import type { HttpErrorCount } from './http-errors.ts'

const MINUTES = 15
const AUTH_TIMEOUT_MS = 2_000

/** Where a live provider shows its traces, which needs to be known for the links to it. */
export interface LiveHoneycomb {
  readonly ui: string
  readonly team: string
  readonly environment?: string
}

export interface ProvidersView {
  readonly honeycomb: { readonly mode: Mode; readonly live: LiveHoneycomb | null }
  readonly xray: { readonly mode: Mode; readonly region: string; readonly pipeline: XRayTarget['pipeline'] }
  readonly rollbar: { readonly mode: Mode }
  /** Records in each of the last minutes, the oldest first. */
  readonly received: Readonly<Record<'spans' | 'logs' | 'segments' | 'occurrences', readonly number[]>>
  /** Since the sandbox was started. */
  readonly counts: {
    readonly spansRejected: number
    readonly metricPoints: number
    readonly segmentsDropped: number
    readonly lastDrop: string
    readonly kernelDrops: number | null
  }
  readonly httpErrors: readonly HttpErrorCount[]
  readonly rules: readonly RuleView[]
  readonly pruned: boolean
}

/** A sampling rule in force, in the order in which they are asked. */
export interface RuleView {
  readonly name: string
  readonly priority: number
  readonly fixedRate: number
  readonly reservoir: number
  readonly service: string
  readonly method: string
  readonly path: string
  /** Of the last hour, as clients have reported. */
  readonly requests: number
  readonly sampled: number
  readonly borrowed: number
}

const RULE = z.looseObject({
  Priority: z.number().default(10_000),
  FixedRate: z.number().default(0),
  ReservoirSize: z.number().default(0),
  ServiceName: z.string().default('*'),
  HTTPMethod: z.string().default('*'),
  URLPath: z.string().default('*'),
})
const OWNER = z.object({ team: z.object({ slug: z.string() }), environment: z.object({ slug: z.string() }) })

export type ProviderTargets = Pick<Providers, 'honeycomb' | 'xray' | 'rollbar'>

export function createProviderReads(
  store: Store,
  targets: ProviderTargets | undefined,
  counts: () => Promise<ProvidersView['counts']>,
  httpErrors: () => HttpErrorCount[],
) {
  let owner: Promise<LiveHoneycomb | null> | undefined
  return async (): Promise<ProvidersView> => {
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
      httpErrors: httpErrors(),
      rules: readRules(store),
      pruned: store.traces.isAnyPruned(),
    }
  }
}

function readRules(store: Store): RuleView[] {
  const reported = Map.groupBy(store.sampling.statistics(), ({ rule }) => rule)
  const sum = (rule: string, name: 'requests' | 'sampled' | 'borrowed') =>
    (reported.get(rule) ?? []).reduce((total, window) => total + window[name], 0)
  return store.sampling
    .rules()
    .map(({ name, rule }) => {
      const { Priority, FixedRate, ReservoirSize, ServiceName, HTTPMethod, URLPath } = RULE.parse(
        JSON.parse(rule),
      )
      return {
        name,
        priority: Priority,
        fixedRate: FixedRate,
        reservoir: ReservoirSize,
        service: ServiceName,
        method: HTTPMethod,
        path: URLPath,
        requests: sum(name, 'requests'),
        sampled: sum(name, 'sampled'),
        borrowed: sum(name, 'borrowed'),
      }
    })
    .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1))
}

/** A live Honeycomb is asked once whose key it is; without an answer there are no links to it. */
async function readOwner(targets: ProviderTargets | undefined): Promise<LiveHoneycomb | null> {
  if (targets?.honeycomb.mode !== 'live') return null
  const { apiEndpoint, apiKey } = targets.honeycomb
  try {
    const response = await fetch(`${apiEndpoint}/1/auth`, {
      headers: { 'X-Honeycomb-Team': apiKey },
      signal: AbortSignal.timeout(AUTH_TIMEOUT_MS),
    })
    const { team, environment } = OWNER.parse(await response.json())
    return {
      ui: apiEndpoint.replace('://api.', '://ui.'),
      team: team.slug,
      ...(environment.slug && { environment: environment.slug }),
    }
  } catch {
    return null
  }
}
