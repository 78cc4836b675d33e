import { met, notYet, type Verdict } from '../chapter.ts'
import { countOf } from '../wording.ts'
import { type Count, createdOf, METRIC, refusedOf, totalOf } from './count.ts'
import { RESTART } from './judge-metric.ts'

/** With fewer posts a constant can be right by coincidence. */
const ENOUGH = 5
/** Metrics are sent every ten seconds; until then a post is on its way (ms). */
export const SENT_MS = 15_000
const FIX = `Call add(1, …) once, after activities.create, and ${RESTART}; the counts begin again`

interface Sending {
  /** Epoch milliseconds of the newest request, by the api's log; undefined without one. */
  readonly newestMs: number | undefined
  readonly refuse: string
  readonly nowMs: number
}

/** Whether the counter has counted the posts that were created, each once, and nothing else. */
export function judgeCount(count: Count, { newestMs = 0, refuse, nowMs }: Sending): Verdict {
  const [counted, created, refused] = [totalOf(count), createdOf(count), refusedOf(count)]
  const seen = `The api has created ${countOf(created, 'post')} since its start, and ${METRIC} has counted ${counted}`
  if (counted !== created && nowMs - newestMs < SENT_MS)
    return notYet(`${seen}: the last ones are on their way.`, 'Run the check again in ten seconds')
  if (counted !== created) return notYet(`${seen}: ${mistakeIn(counted, created, refused)}`, FIX)
  if (created < ENOUGH) {
    return notYet(
      `${seen}: too few to tell a count from a constant.`,
      'npm run load -- --rate 20 --duration 10; of its requests 5 % are posts',
    )
  }
  if (refused === 0) {
    return notYet(
      `${seen}. No post was refused yet, so it is open whether refused ones count.`,
      `${refuse}, which is answered 400`,
    )
  }
  if (count.byTtl.size < 2) {
    return notYet(
      `Every post has the time to live ${[...count.byTtl.keys()][0]}: is it the post’s, or a constant?`,
      'Write a post with another ttl: the command of step 4 has one',
    )
  }
  return met(`${countOf(created, 'post')} created and ${counted} counted; ${refused} refused and not counted`)
}

function mistakeIn(counted: number, created: number, refused: number): string {
  if (refused > 0 && counted === created + refused)
    return `it counts the ${refused} refused ones too, because add() comes before the post is created.`
  if (created > 0 && counted > created && counted % created === 0)
    return `it adds ${counted / created} for each post instead of 1.`
  if (counted > created) return 'it counts more than posts that were created.'
  return 'add() is not reached by every post. Or does it count sampled ones only?'
}
