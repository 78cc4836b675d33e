import type { Comparison, Flag, Keyword } from '../../../contracts/sandbox/xray-filter-words.ts'
import { ACCOUNT_ID } from '../account.ts'
import { withSubsegments } from '../calls.ts'
import type { Segment } from '../segment-document.ts'
import type { Service, Trace } from '../trace.ts'
import type { Expression, ServicePattern, Value } from './expression.ts'

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
}

/**
 * Whether a trace matches. Outside braces `ok`, `error`, `fault`, `responsetime` and `http.…` apply to the root segment,
 * so only `service() { fault }` finds a fault that the caller has handled. `throttle`, `partial`, `user` and annotations
 * apply to all segments, `duration` to the trace. Within braces a flag is true if one of the segments has it (`ok`: if
 * none has any), and both times are the segments'. A comparison is true if one value fulfils it; `!=` is true if there
 * are values and none is equal.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
export function matches(expression: Expression, trace: Trace, groups: GroupFilters): boolean {
  return evaluate(expression, { trace, segments: trace.segments, isWhole: true, groups, groupDepth: 0 })
}

function evaluate(expression: Expression, scope: Scope): boolean {
  switch (expression.kind) {
    case 'and':
      return evaluate(expression.left, scope) && evaluate(expression.right, scope)
    case 'or':
      return evaluate(expression.left, scope) || evaluate(expression.right, scope)
    case 'not':
      return !evaluate(expression.operand, scope)
    case 'flag':
      return hasFlag(expression.flag, scope)
    case 'compare':
      if (expression.field === 'group.name' || expression.field === 'group.arn')
        return isInGroup(expression, scope)
      return compare(valuesOf(expression.field, scope), expression.comparison, expression.value)
    case 'service':
      return scope.trace.services
        .filter((service) => isMeant(expression.service, service))
        .some(({ segments }) => within(expression.filter, segments, scope))
    case 'edge':
      return scope.trace.edges
        .filter(({ from, to }) => isMeant(expression.from, from) && isMeant(expression.to, to))
        .some(({ segments }) => within(expression.filter, segments, scope))
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
  }
}

function isInGroup({ comparison, value }: { comparison: unknown; value: unknown }, scope: Scope): boolean {
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

function valuesOf(
  field: Exclude<Keyword, 'group.name' | 'group.arn'> | { annotation: string },
  scope: Scope,
): Value[] {
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
  const asked = isWhole && field !== 'user' ? [trace.root] : segments
  if (field === 'responsetime' || field === 'duration') {
    return asked.flatMap(({ startS, endS }) => (endS === undefined ? [] : [endS - startS]))
  }
  return asked.flatMap((segment) => PICK[field]?.(segment) ?? [])
}

const PICK: Readonly<Record<string, (segment: Segment) => Value | undefined>> = {
  user: ({ user }: Segment) => user,
  'http.status': ({ http }: Segment) => http.status,
  'http.url': ({ http }: Segment) => http.url,
  'http.method': ({ http }: Segment) => http.method,
  'http.useragent': ({ http }: Segment) => http.userAgent,
  'http.clientip': ({ http }: Segment) => http.clientIp,
}

function compare(
  values: readonly Value[],
  comparison: Comparison | undefined,
  wanted: Value | undefined,
): boolean {
  if (comparison === undefined) return values.length > 0
  if (comparison === '!=') return values.length > 0 && values.every((value) => value !== wanted)
  return values.some((value) => {
    if (typeof value === 'number' && typeof wanted === 'number') {
      if (comparison === '<') return value < wanted
      if (comparison === '<=') return value <= wanted
      if (comparison === '>') return value > wanted
      if (comparison === '>=') return value >= wanted
    }
    if (typeof value === 'string' && typeof wanted === 'string') {
      if (comparison === 'CONTAINS') return value.includes(wanted)
      if (comparison === 'BEGINSWITH') return value.startsWith(wanted)
      if (comparison === 'ENDSWITH') return value.endsWith(wanted)
    }
    return comparison === '=' && value === wanted
  })
}
