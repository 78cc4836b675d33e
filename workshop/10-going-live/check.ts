import type { EvidenceState, Provider } from '../../contracts/evidence.ts'
import { defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { ApiState, CheckContext } from '../context.ts'
import { PROVIDER_NAMES } from '../wording.ts'

const PROVIDERS: readonly Provider[] = ['honeycomb', 'xray', 'rollbar']

/** A trace that a live provider has. */
interface Receipt {
  readonly traceId: string
  readonly state: Extract<EvidenceState, 'found' | 'accepted'>
}

interface Gathered {
  readonly live: readonly Provider[]
  readonly apiState: ApiState
  readonly receipts: ReadonlyMap<Provider, Receipt>
}

export const goingLive = defineChapter<Gathered>({
  number: 10,
  folder: '10-going-live',
  title: 'Going live, with keys of your own (for those who have an account)',
  isOptional: true,
  async gather(context) {
    const live = PROVIDERS.filter((name) => context.modes[name] === 'live')
    if (live.length === 0) return { live, apiState: 'current', receipts: new Map() }
    return { live, apiState: await context.apiState(), receipts: await findReceipts(context, live) }
  },
  conditions: [
    { name: 'a provider has your key', judge: judgeKeys },
    { name: 'the services run with it', judge: judgeServices },
    { name: 'each live provider has received a trace', judge: judgeReceipts },
  ],
  evidence: ({ receipts }) => [...receipts.values()].map(({ traceId }) => traceId),
})

/** The newest trace that each of them has found or accepted. */
async function findReceipts(
  context: CheckContext,
  live: readonly Provider[],
): Promise<ReadonlyMap<Provider, Receipt>> {
  const receipts = new Map<Provider, Receipt>()
  for (const traceId of await context.recentTraces()) {
    const trace = await context.trace(traceId)
    for (const name of live) {
      const state = trace.state[name]
      if ((state === 'found' || state === 'accepted') && !receipts.has(name))
        receipts.set(name, { traceId, state })
    }
    if (receipts.size === live.length) break
  }
  return receipts
}

function judgeKeys({ live }: Gathered): Verdict {
  if (live.length > 0) return met(live.map((name) => PROVIDER_NAMES[name]).join(', '))
  return notYet(
    'No provider has a key of yours, so that the sandbox stands in for all of them.',
    'npm run env -- HONEYCOMB_API_KEY (or another), then npm run setup. Without an account, read the chapter and go on: it is optional',
  )
}

function judgeServices({ apiState }: Gathered): Verdict {
  if (apiState === 'current') return met('since the key was stored')
  return notYet(
    apiState === 'stopped'
      ? 'The key is stored, and the api is not running.'
      : apiState === 'other-environment'
        ? 'The key is stored, and the api was started in another environment: it may not have the key.'
        : 'The key is stored, and the api runs without it.',
    'npm run setup',
  )
}

function judgeReceipts({ live, receipts }: Gathered): Verdict {
  const waiting = live.filter((name) => !receipts.has(name)).map((name) => PROVIDER_NAMES[name])
  const saw = [...receipts].map(
    ([name, { traceId, state }]) =>
      `${PROVIDER_NAMES[name]} has ${state === 'found' ? 'returned' : 'accepted'} ${traceId}${state === 'found' ? '' : ', which it does not let be read back'}`,
  )
  if (waiting.length === 0) return met(saw.join('; '))
  return notYet(
    [`Nothing has arrived at ${waiting.join(', ')}.`, ...saw.map((one) => `${one}.`)].join(' '),
    'npm run verify sends requests that are always sampled, and says what is wrong; npm run doctor asks each provider about its key',
  )
}
