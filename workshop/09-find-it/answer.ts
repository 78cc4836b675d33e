import type { TraceEvidence } from '../../contracts/evidence.ts'
import { type FaultKind, isActive, KINDS, type PlannedFault } from '../../contracts/planted-faults.ts'
import { describeSpan, LOOKS } from './looks.ts'
import { hasMark } from './marks.ts'
import { type NamedSpan, type Objection, routeOf } from './named-span.ts'
import { objectToWhom } from './whom.ts'

/** A fault that the learner has found. */
export interface Find {
  readonly fault: PlannedFault
  readonly named: NamedSpan
}

/**
 * For so long after a pause has begun, requests may still wait for one that has the fault; and a call may be answered so long
 * after its span has begun (ms).
 */
const EDGE_MS = 1_000

export const FAULT_KINDS: readonly FaultKind[] = Object.values(KINDS)

/**
 * Whether the named span is the reason for the planted fault of this kind, and whom the fault affects is right too. Else what
 * the span is instead.
 */
export function judgeNamedSpan(
  kind: FaultKind,
  named: NamedSpan,
  faults: readonly PlannedFault[],
  whom?: string,
): Find | Objection {
  const fault = faults.find((one) => one.kind === kind)
  const again = { fix: `${LOOKS[kind].where}. Then npm run workshop -- 9 ${kind}=<trace id>/<span id>` }
  if (failsOpenly(kind, named)) {
    return {
      what: `the whole request failed (${named.request.status}), which shows without a trace`,
      ...again,
    }
  }
  if (fault && isReason(fault, named)) {
    const wrongTime = objectToTime(fault, named)
    if (wrongTime) return { what: wrongTime, ...again }
    return objectToWhom(fault, whom, named.request) ?? { fault, named }
  }
  if (faults.some((one) => one.kind !== kind && isReason(one, named))) {
    return {
      what: `that is the reason for one of your faults, but for another kind: it is ${describeSpan(named)}`,
      fix: 'The table in workshop/09-find-it/README.md says how each kind looks',
    }
  }
  if (fault?.symptom && hasMark(named.span, fault.symptom, named.trace)) {
    return {
      what: 'right request, wrong span: that one only follows from the reason, which is before it',
      fix: `In this trace, ${LOOKS[kind].inside}`,
    }
  }
  const what = LOOKS[kind].objection(named) ?? 'requests without a fault have such a span, too'
  if (!fault || !hasReason(fault, named)) return { what, ...again }
  return {
    what: `right request, wrong span: ${what}`,
    fix: `In this trace, ${LOOKS[kind].inside}`,
  }
}

/** Kinds whose request is answered as if nothing had happened. */
const SILENT: ReadonlySet<FaultKind> = new Set(['silent-failure', 'retry-storm', 'hidden-error'])

function failsOpenly(kind: FaultKind, { request }: NamedSpan): boolean {
  return SILENT.has(kind) && (request.status ?? 0) >= 500
}

function isReason({ culprit }: PlannedFault, { span, trace }: NamedSpan): boolean {
  return hasMark(span, culprit, trace)
}

function hasReason({ culprit }: PlannedFault, { trace }: Pick<NamedSpan, 'trace'>): boolean {
  return trace.spans.some((span) => hasMark(span, culprit, trace))
}

/** Whether a trace has a mark of any of these faults. */
export function isAffected(trace: TraceEvidence, faults: readonly PlannedFault[]): boolean {
  return faults.some((fault) => hasReason(fault, { trace }))
}

function objectToTime(fault: PlannedFault, { request, span }: NamedSpan): string | undefined {
  const route = routeOf(request)
  if (fault.route !== undefined && route !== undefined && route !== fault.route)
    return `such a span is the reason for a fault, but not in a request of ${route}`
  const times = [request.startMs - EDGE_MS, request.startMs, span.startMs, span.startMs + EDGE_MS]
  return times.some((time) => isActive(fault, time))
    ? undefined
    : 'that span is from a pause of the fault, which comes and goes: take one from a time when it is in action'
}
