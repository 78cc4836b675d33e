import { met, notYet, type Verdict } from '../chapter.ts'
import { countOf, quoted } from '../wording.ts'
import { ATTRIBUTE, type Count, createdOf, METRIC, refusedOf, totalOf } from './count.ts'

const FILE = 'backend/api/create-activity.ts'
export const RESTART = 'npm run workshop -- restart'
/** The api's times to live. A test compares them with those of the backend. */
export const TTLS = ['1-hour', '3-hours', '12-hours', '1-day', '3-days', '7-days', '30-days']
/** More values than this in an attribute that is not asked for are too many for a count of posts. */
const MANY_VALUES = 20
/** From so many values on, one for each post is no coincidence. */
const EACH_ITS_OWN = 3
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The end of the name of an attribute whose values have no limit, however few there are yet. */
const UNLIMITED = /(^|[._])(handle|user|name|email|id|uuid|message|ip|address)$/i
const HEX_ID = /^[0-9a-f]{16,32}$/i

/** Whether the metric counts: a counter, of posts. */
export function judgeKind({ metric }: Count): Verdict {
  if (!metric) return notYet(`There is no metric ${METRIC}.`, RESTART)
  const { kind, isMonotonic, unit } = metric
  const fix = `Use createCounter in ${FILE}, and ${RESTART}`
  if (kind === 'histogram' || kind === 'exponentialHistogram') {
    return notYet(
      `${METRIC} is a histogram. It is for how values are distributed, as durations are, and sends its buckets with each time series. Posts are counted.`,
      fix,
    )
  }
  if (kind === 'gauge')
    return notYet(
      `${METRIC} is a gauge. It has a value of now; what was counted between two points is lost.`,
      fix,
    )
  if (kind !== 'sum') return notYet(`${METRIC} is of the kind ${kind}.`, fix)
  if (!isMonotonic) {
    return notYet(
      `${METRIC} is an up-down counter. It is for what goes up and down, as open connections do. A post that was created stays created.`,
      fix,
    )
  }
  if (unit !== '' && unit !== '1' && !/^\{.+\}$/.test(unit)) {
    return notYet(
      `The unit of ${METRIC} is ${quoted(unit)}. A count of posts has the unit {post}, or none.`,
      `Write unit: '{post}' in ${FILE}, and ${RESTART}`,
    )
  }
  return met(unit ? `a counter of ${unit}` : 'a counter')
}

/** Whether each data point has the post's time to live. */
export function judgeAttribute(count: Count): Verdict {
  const { attributes, byTtl } = count
  const fix = `add(1, { '${ATTRIBUTE}': ttl }) in ${FILE}, ${RESTART}, and a post`
  const found = attributes.find(({ name }) => name === ATTRIBUTE)
  if (!found) {
    const names = attributes.map(({ name }) => name)
    const seen =
      names.length === 0
        ? 'has no attribute'
        : `has ${names.join(', ')}, and no ${ATTRIBUTE}: a misspelt name?`
    return notYet(`${METRIC} ${seen}.`, fix)
  }
  const strange = found.values.find((value) => !TTLS.includes(value))
  if (strange !== undefined) {
    return notYet(
      `${ATTRIBUTE} has the value ${JSON.stringify(strange.slice(0, 60))}, which is no time to live.${typeOf(strange)}`,
      fix,
    )
  }
  if ((byTtl.get('') ?? 0) >= 0.5) {
    const refused = refusedOf(count)
    if (refused > 0 && totalOf(count) === createdOf(count) + refused) {
      return notYet(
        `Some data points have no ${ATTRIBUTE}: the counter has counted ${countOf(refused, 'refused request')} too, because add() comes before the post is created.`,
        `Call add(1, …) after activities.create in ${FILE}, ${RESTART}, and a post`,
      )
    }
    return notYet(`Some data points have no ${ATTRIBUTE}: is there another add() without it?`, fix)
  }
  return met(found.values.join(', '))
}

/** Whether no attribute has a value for each post, or nearly so. */
export function judgeCardinality({ attributes }: Count, created: number): Verdict {
  const others = attributes.filter(({ name }) => name !== ATTRIBUTE)
  const bad = others.find(
    ({ name, values }) =>
      UNLIMITED.test(name) ||
      values.length > MANY_VALUES ||
      values.some((value) => UUID.test(value) || HEX_ID.test(value)) ||
      (values.length >= EACH_ITS_OWN && values.length >= created),
  )
  if (bad) {
    const [example = ''] = bad.values
    return notYet(
      `The attribute ${bad.name} has ${countOf(bad.values.length, 'value')} for ${countOf(created, 'post')}, as ${JSON.stringify(example.slice(0, 60))}.${typeOf(example)} There is no limit to them, and each value makes one more time series, which is sent and paid for again and again.`,
      `Leave it out of add() in ${FILE}; the span has it. Then ${RESTART}, and a post`,
    )
  }
  const further =
    others.length > 0 ? ` and ${others.map(({ name }) => name).join(', ')}, with few values` : ''
  return met(`${ATTRIBUTE}${further}`)
}

/** The likely mistake that a value gives away. */
function typeOf(value: string): string {
  if (UUID.test(value)) return ' It is a uuid: every post has its own.'
  if (HEX_ID.test(value)) return ' It is an id: every request has its own.'
  if (/^\d+$/.test(value)) return ' It is a number: of hours?'
  if (/^[a-z0-9_]{1,30}$/.test(value)) return ' Is it a handle? Every user has another.'
  if (value.includes(' ')) return ' Is it the message? It is different in every post, and personal.'
  return ''
}
