import {
  CAUSE_KINDS,
  type CauseKind,
  type Flag,
  type Keyword,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import { ACCOUNT_ID } from '../account.ts'
import { typeOfCallee, withSubsegments } from '../calls.ts'
import { type RootCause, rootCauses } from '../root-causes.ts'
import type { Segment } from '../segment.ts'
import type { Service, Trace } from '../trace.ts'
import { hasElement, isLike } from './cause-elements.ts'
import { compare } from './compare.ts'
import { combine, type Expression, type ServicePattern, type Term, type Value } from './expression.ts'

/** Groups may refer to groups. Deeper references are taken to be circular. */
const MAX_GROUP_DEPTH = 5

/** The filter of a group by its name or ARN; `all` for a group without a filter, undefined for an unknown group. */
export type GroupFilters = (nameOrArn: string) => Expression | 'all' | undefined

/** What an expression is evaluated for: the whole trace, or within braces one service or edge of it. */
interface Scope {
  readonly trace: Trace
  readonly segments: readonly Segment[]
  readonly isWhole: boolean
  readonly groups: GroupFilters
  readonly groupDepth: number
  readonly causes: (kind: CauseKind) => readonly RootCause[]
}

/**
 * Whether a trace matches. Outside braces `ok`, `error`, `fault`, `responsetime`, `name`, `type` and `http.…` apply to the
 * root segment, so only `service() { fault }` finds a fault that the caller has handled. `throttle`, `partial`, `inferred`,
 * `user`, `availabilityzone`, `instance.id`, `resource.arn` and annotations apply to all segments, `duration` to the
 * trace. Within braces a flag is true if one of the segments has it (`ok`: if none has any; `root`: if one is the root
 * segment), and both times are the segments'. `rootcause.…` applies to the trace.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
export function matches(expression: Expression, trace: Trace, groups: GroupFilters): boolean {
  const known = new Map<CauseKind, RootCause[]>()
  const causes = (kind: CauseKind) => {
    const found = known.get(kind) ?? rootCauses(trace, kind)
    known.set(kind, found)
    return found
  }
  return evaluate(expression, {
    trace,
    segments: trace.segments,
    isWhole: true,
    groups,
    groupDepth: 0,
    causes,
  })
}

function evaluate(expression: Expression, scope: Scope): boolean {
  return combine(expression, (term) => isTrue(term, scope))
}

function isTrue(term: Term, scope: Scope): boolean {
  switch (term.kind) {
    case 'flag':
      return hasFlag(term.flag, scope)
    case 'compare':
      if (term.field === 'group.name' || term.field === 'group.arn') return isInGroup(term, scope)
      return compare(valuesOf(term.field, scope), term.comparison, term.value)
    case 'service':
      return scope.trace.services
        .filter((service) => isMeant(term.service, service))
        .some(({ segments }) => within(term.filter, segments, scope))
    case 'edge':
      return scope.trace.edges
        .filter(({ from, to }) => isMeant(term.from, from) && isMeant(term.to, to))
        .some(({ segments }) => within(term.filter, segments, scope))
    case 'cause':
      return hasElement(scope.causes(term.cause), term.list, term.filter)
    case 'json': {
      const all = CAUSE_KINDS.flatMap((kind) => scope.causes(kind))
      return term.patterns.every((pattern) => all.some((cause) => isLike(cause, pattern)))
    }
  }
}

function within(filter: Expression | undefined, segments: readonly Segment[], scope: Scope): boolean {
  return filter === undefined || evaluate(filter, { ...scope, segments, isWhole: false })
}

function isMeant({ name, type, accountId }: ServicePattern, service: Service): boolean {
  return (
    (name === undefined || name === service.name) &&
    (type === undefined || type === service.type) &&
    (accountId === undefined || accountId === ACCOUNT_ID)
  )
}

function hasFlag(flag: Flag, { segments, trace, isWhole }: Scope): boolean {
  const asked = isWhole ? [trace.root] : segments
  switch (flag) {
    case 'ok':
      return asked.every(({ isError, isFault, isThrottle }) => !isError && !isFault && !isThrottle)
    case 'error':
      return asked.some(({ isError }) => isError)
    case 'fault':
      return asked.some(({ isFault }) => isFault)
    case 'throttle':
      return segments.some(({ isThrottle }) => isThrottle)
    case 'partial':
      return trace.isPartial
    case 'root':
      return asked.includes(trace.root)
    case 'inferred':
      return hasInferred(trace, segments, isWhole)
    default:
      return false
  }
}

/** X-Ray infers the segment of a called service that has sent none: in the map it has its callers' subsegments. */
function hasInferred({ services }: Trace, asked: readonly Segment[], isWhole: boolean): boolean {
  if (asked.some(({ isInferred }) => isInferred)) return true
  const inferred = services.flatMap(({ segments }) => segments).filter(({ isSubsegment }) => isSubsegment)
  if (isWhole || inferred.length === 0) return inferred.length > 0
  const those = new Set(inferred)
  return asked.some((segment) => those.has(segment))
}

function isInGroup({ comparison, value }: { comparison: unknown; value: unknown }, scope: Scope): boolean {
  // Every trace is in the group Default.
  if (comparison === undefined) return true
  const filter = scope.groups(String(value))
  const isIn =
    filter === 'all' ||
    (filter !== undefined &&
      scope.groupDepth < MAX_GROUP_DEPTH &&
      evaluate(filter, {
        ...scope,
        segments: scope.trace.segments,
        isWhole: true,
        groupDepth: scope.groupDepth + 1,
      }))
  return comparison === '!=' ? !isIn : isIn
}

function valuesOf(field: Keyword | { annotation: string }, scope: Scope): Value[] {
  const { segments, trace, isWhole } = scope
  if (typeof field === 'object') {
    return segments
      .flatMap(withSubsegments)
      .flatMap(({ annotations }) =>
        Object.hasOwn(annotations, field.annotation) ? [annotations[field.annotation]] : [],
      )
      .filter((value) => value !== undefined)
  }
  if (field === 'duration' && isWhole) return [trace.durationS]
  const asked = isWhole && !OF_ANY_SEGMENT.has(field) ? [trace.root] : segments
  if (field === 'responsetime' || field === 'duration') {
    return asked.flatMap(({ startS, endS }) => (endS === undefined ? [] : [endS - startS]))
  }
  return asked.flatMap((segment) => PICK[field]?.(segment) ?? [])
}

const OF_ANY_SEGMENT: ReadonlySet<Keyword> = new Set([
  'user',
  'availabilityzone',
  'instance.id',
  'resource.arn',
])

const PICK: Readonly<Partial<Record<Keyword, (segment: Segment) => Value | undefined>>> = {
  user: ({ user }) => user,
  name: ({ name }) => name,
  type: (segment) => (segment.isSubsegment ? typeOfCallee(segment) : segment.origin),
  availabilityzone: ({ availabilityZone }) => availabilityZone,
  'instance.id': ({ instanceId }) => instanceId,
  'resource.arn': ({ resourceArn }) => resourceArn,
  'http.status': ({ http }) => http.status,
  'http.url': ({ http }) => http.url,
  'http.method': ({ http }) => http.method,
  'http.useragent': ({ http }) => http.userAgent,
  'http.clientip': ({ http }) => http.clientIp,
}
