import type { SpanEvidence } from '../../contracts/evidence.ts'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { LOOKS, WHOM } from './looks.ts'
import type { Objection } from './named-span.ts'

/** How a learner says that a fault is bound to no attribute. */
const EVERYBODY = 'everybody'

/** The name of the answer that says whom a fault affects. */
export function whomName(kind: string): string {
  return `${kind}-for`
}

/**
 * Why an answer to whom a fault affects is not right. `text`: `app.user.plan=team,app.user.region=ap-south`; undefined where
 * there is no answer, which is right for a fault that affects everybody. `request`: one that has the fault.
 */
export function objectToWhom(
  { kind, cohort }: PlannedFault,
  text: string | undefined,
  request: SpanEvidence,
): Objection | undefined {
  const command = `npm run workshop -- 9 ${whomName(kind)}`
  const ask = `${command}=<attribute>=<value>,<attribute>=<value>`
  if (text === undefined || text === '') {
    if (!cohort) return undefined
    return {
      what: 'the span is right, and not every request has the fault. Whom does it affect?',
      fix: `${LOOKS[kind].whom ?? WHOM}. Then ${ask}`,
    }
  }
  if (text === EVERYBODY) {
    if (!cohort) return undefined
    return { what: 'there are requests that never have the fault: it is bound to attributes', fix: ask }
  }
  const named = parse(text)
  if (!named) return { what: `“${text.slice(0, 60)}” names no attributes and values`, fix: ask }
  const untrue = [...named].find(([name, value]) => String(readAttribute(request, name)) !== value)
  if (untrue) {
    const [name, wanted] = untrue
    const value = readAttribute(request, name)
    return {
      what: `the request that you named is not of ${name}=${wanted}: it has ${value === undefined ? 'no such attribute' : `${name}=${value}`}`,
      fix: ask,
    }
  }
  const names = [...named.keys()]
  if (!cohort) {
    return {
      what: `the fault is not bound to ${names.join(' and ')}: requests with other values have it, too`,
      fix: `${command}=${EVERYBODY}`,
    }
  }
  // The values are right, since the request has both them and the fault.
  const wanted = new Set(Object.keys(cohort).map(asAnnotation))
  const superfluous = names.filter((name) => !wanted.has(asAnnotation(name)))
  if (superfluous.length > 0) {
    return {
      what: `requests with another ${superfluous.join(' or ')} have the fault, too`,
      fix: `Leave it out, or look for what all of them have in common: ${ask}`,
    }
  }
  if (names.length < wanted.size) {
    return {
      what: 'that is true of every request with the fault, and of others without it: something is missing',
      fix: `Filter to these values on Ask, draw around the affected ones once more, then ${ask}`,
    }
  }
  return undefined
}

function readAttribute({ attributes }: SpanEvidence, name: string): unknown {
  return Object.entries(attributes).find(([one]) => asAnnotation(one) === asAnnotation(name))?.[1]
}

/** X-Ray writes `app_user_plan` for `app.user.plan`. */
function asAnnotation(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_')
}

/** Undefined where a part has no name or no value. */
function parse(text: string): Map<string, string> | undefined {
  const parts = text
    .split(/,|\s+AND\s+|\s*&\s*/i)
    .map((part) => part.trim())
    .filter(Boolean)
  const pairs = parts.map((part) => /^([\w.-]+)\s*=\s*["']?([^"']+?)["']?$/.exec(part))
  const found = pairs.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : []))
  return found.length === parts.length && found.length > 0 ? new Map(found) : undefined
}
