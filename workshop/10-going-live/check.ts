import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

export const goingLive: Chapter = oneCondition({
  number: 10,
  folder: '10-going-live',
  title: 'Going live, with keys of your own (for those who have an account)',
  async check(context) {
    const live = (['honeycomb', 'xray', 'rollbar'] as const).filter((name) => context.modes[name] === 'live')
    if (live.length === 0) {
      return notYet(
        'No provider is live.',
        'npm run env -- HONEYCOMB_API_KEY (or another), then npm run setup. Without an account, go on with chapter 11',
      )
    }
    const wanted = new Set(live)
    const evidence: string[] = []
    let traceId: string | undefined
    for (const candidate of await context.recentTraces()) {
      const { state } = await context.trace(candidate)
      for (const name of [...wanted]) {
        if (state[name] !== 'found' && state[name] !== 'accepted') continue
        wanted.delete(name)
        traceId ??= candidate
        evidence.push(
          `${name}: the trace ${candidate} was ${state[name] === 'found' ? 'read back' : 'accepted, not read back'}`,
        )
      }
      if (wanted.size === 0) return passed(evidence, traceId)
    }
    return notYet(
      `Nothing has arrived at ${[...wanted].join(', ')}.`,
      'npm run verify sends requests that are always sampled, and says what is wrong',
      evidence,
    )
  },
})
