import type { RuleDecisionsHealth } from '../../contracts/telemetry-health.ts'
import { met, missingAnswer, notYet, type Verdict } from '../chapter.ts'
import { readNumber } from '../read-number.ts'
import { quoted } from '../wording.ts'
import { keptAt, percent } from './chance.ts'

/** The rates that a learner may be asked about. */
const ASKED_RATES = [0.1, 0.2, 0.25, 0.3, 0.4]
/** A calculated number may be off by this much: the reservoir begins full, and requests do not come evenly. */
const LEAST_SPREAD = 10

interface Calculation {
  readonly decided: RuleDecisionsHealth | undefined
  /** The learner's number. */
  readonly answer: string | undefined
  readonly signIns: number
  /** Every rule of the api. */
  readonly others: readonly RuleDecisionsHealth[] | undefined
}

/** Whether the learner has calculated what the rule keeps at another rate, and what happened at the present one. */
export function judgeCalculation({ decided, answer, signIns, others = [] }: Calculation): Verdict {
  if (!decided) return notYet('No rule has decided.', 'npm run aws')
  const { requests, sampled } = decided
  const rate = askedRate(decided)
  if (answer === undefined) {
    return missingAnswer(
      `of ${requests} requests the rule kept ${sampled}. About how many of these would it have kept at a rate of ${percent(rate)}?`,
      'npm run workshop -- 5 kept=<number>; the chapter’s text has the calculation',
    )
  }
  const given = readNumber(answer)
  const { kept, spread } = keptAt(rate, decided)
  if (given !== undefined && Math.abs(given - kept) <= Math.max(spread, LEAST_SPREAD)) {
    return met(`right, ${answer} at ${percent(rate)}. ${whatHappened(decided)}${ofOthers(decided, others)}`)
  }
  return notYet(
    given === undefined ? `${quoted(answer)} is not a number.` : mistakeIn(given, answer, decided, signIns),
    `The reservoir keeps its number a second, for each second in which requests came; of the rest of the ${requests}, ${percent(rate)} are kept. npm run workshop -- 5 kept=<number>`,
  )
}

/**
 * Another rate than the rule has, so that the number has to be calculated. It depends on when the rule was read, so that
 * learners beside each other have different numbers.
 */
function askedRate({ fixedRate, since }: RuleDecisionsHealth): number {
  const others = ASKED_RATES.filter((rate) => rate !== fixedRate)
  return others[Math.floor(Date.parse(since) / 1_000) % others.length] ?? fixedRate
}

/** The mistake that leads to a wrong number. It says nothing that would give the right one. */
function mistakeIn(given: number, answer: string, decided: RuleDecisionsHealth, signIns: number): string {
  const { requests, sampled, fromReservoir } = decided
  const rate = askedRate(decided)
  const isNear = (other: number) => Math.abs(given - other) <= LEAST_SPREAD / 2
  if (given > requests) return `${answer} is more than the ${requests} requests that came.`
  if (isNear(sampled)) return `${answer} is what the rule kept at ${percent(decided.fixedRate)}.`
  if (isNear(requests * rate))
    return `${answer} is ${percent(rate)} of all requests: the reservoir keeps some before the rate decides.`
  if (isNear(fromReservoir)) return `${answer} is what the reservoir alone keeps.`
  if (isNear(keptAt(rate, { requests: requests - signIns, fromReservoir }).kept))
    return `${answer} leaves out the ${signIns} sign-ins, which are requests too.`
  return `${answer} is further off than chance explains.`
}

/** `of 812 requests the reservoir kept 104, … the rate kept 371 of the other 708 (…)` */
function whatHappened({
  fixedRate,
  requests,
  sampled,
  fromReservoir,
  borrowed,
}: RuleDecisionsHealth): string {
  const rest = requests - fromReservoir
  const share = (spread: number) => percent(Math.min(1, Math.max(0, fixedRate + spread / rest)))
  const { spread } = keptAt(fixedRate, { requests, fromReservoir })
  const ofThem = borrowed > 0 ? `, ${borrowed} of them at one a second before the api had its share,` : ''
  return `At ${percent(fixedRate)}, of ${requests} requests the reservoir kept ${fromReservoir}${ofThem} and the rate ${sampled - fromReservoir} of the other ${rest} (${percent((sampled - fromReservoir) / rest)}; by chance ${share(-spread)} to ${share(spread)})`
}

/** The requests that are not among them, because another rule decided. */
function ofOthers(decided: RuleDecisionsHealth, rules: readonly RuleDecisionsHealth[]): string {
  return rules
    .filter(({ name, requests }) => name !== decided.name && requests > 0)
    .map(({ name, requests, sampled }) => `; the rule ${name} kept ${sampled} of ${requests} others`)
    .join('')
}
