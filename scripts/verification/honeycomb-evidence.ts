import { sandboxTraceUrl } from '../../contracts/trace-links.ts'
import { serviceName } from '../../settings/providers.ts'
import { poll } from '../machine/poll.ts'
import type { HoneycombEvidence } from '../providers/evidence.ts'
import { findSpans, lastWrittenMs, liveTraceUrl } from '../providers/honeycomb.ts'
import { type Case, missing, plural, waitForAccepted } from './case.ts'

/** How long Honeycomb may take until a dataset says that it was written to. ms */
const WRITTEN_MS = 10_000

/** Looks for both traces' spans in Honeycomb, or in the sandbox in its place. */
export async function lookAtHoneycomb(inCase: Case): Promise<HoneycombEvidence> {
  const { providers, settings, options, good, failing, services, problems } = inCase
  const { honeycomb: target } = providers
  const { mode } = target
  if (mode === 'off') return { mode, state: 'off', spans: 0, seen: 'off' }
  if (mode === 'live') {
    const time = { startMs: failing.startedAt - 1_000, endMs: failing.startedAt + failing.durationMs + 1_000 }
    const url = await liveTraceUrl(target, serviceName(settings), failing.traceId, time)
    const isAccepted = await waitForAccepted(inCase, 'honeycomb')
    if (!isAccepted) problems.push(await missing(inCase, 'honeycomb', 'Honeycomb'))
    const state = isAccepted ? 'accepted' : 'missing'
    return {
      mode,
      state,
      spans: 0,
      seen: isAccepted ? `${answered(inCase)}${await whenWritten(inCase)}` : 'nothing',
      ...(url && { url }),
    }
  }
  const look = async () => ({
    good: await findSpans(target, good.traceId),
    failing: await findSpans(target, failing.traceId),
  })
  let last = await look()
  // A good request that was not answered well is named already, and need not have come by every service.
  const expected = () => (good.status === 200 ? [last.good, last.failing] : [last.failing])
  const whole = () => expected().every((spans) => services.isSubsetOf(spans.services))
  await poll(
    async () => {
      last = await look()
      return whole() || undefined
    },
    { deadlineMs: inCase.deadlineMs(mode), everyMs: 100 },
  )
  const { count, services: seen } = last.failing
  const isFound = seen.has(serviceName(settings))
  if (!whole() && failing.isSampled) {
    problems.push(await missing(inCase, 'honeycomb', 'Honeycomb', lacking(last.failing.services, services)))
  }
  return {
    mode,
    state: isFound ? 'found' : 'missing',
    spans: count,
    seen: `${plural(count, 'span')} of ${plural(seen.size, 'service')}`,
    url: sandboxTraceUrl(options.sandboxPage, failing.traceId, 'honeycomb'),
  }
}

/** Whose 2xx it was: behind a collector the api knows no other. */
function answered({ isCollected }: Case): string {
  return isCollected
    ? 'the collector answered 2xx, and the log of its gateway says what Honeycomb did'
    : 'the export was answered 2xx'
}

function lacking(has: ReadonlySet<string>, wants: ReadonlySet<string>): string {
  const left = [...wants].filter((name) => !has.has(name))
  return left.length === wants.size || left.length === 0 ? 'the trace' : `the spans of ${left.join(', ')}`
}

/** A further sign, where the key may see it: the dataset has been written to since the request. */
async function whenWritten({ providers, settings, failing }: Case): Promise<string> {
  const dataset = serviceName(settings)
  const ask = () => lastWrittenMs(providers.honeycomb, dataset)
  let last = await ask()
  if (last === undefined) return ''
  await poll(
    async () => {
      last = await ask()
      return (last !== undefined && last >= failing.startedAt) || undefined
    },
    { deadlineMs: WRITTEN_MS, everyMs: 500 },
  )
  if (last === undefined || last < failing.startedAt)
    return `, though the dataset ${dataset} does not say so yet`
  return `, and the dataset ${dataset} was written to at ${new Date(last).toISOString().slice(11, 19)}`
}
