// The words of X-Ray's filter expressions.
// Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** The comparisons that X-Ray takes for numbers, for text, and for the name or ARN of a group or a JSON root cause. */
export const NUMBER_COMPARISONS: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>=']
export const TEXT_COMPARISONS: readonly Comparison[] = ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH']
export const EQUALITY: readonly Comparison[] = ['=', '!=']

/** Keywords of a trace, and within the braces of `service(…) { }` and `edge(…) { }` of its segments. */
export const FLAGS = ['ok', 'error', 'fault', 'throttle', 'partial', 'inferred', 'root'] as const
export const NUMBER_KEYWORDS = ['responsetime', 'duration', 'http.status'] as const
export const STRING_KEYWORDS = [
  'http.url',
  'http.method',
  'http.useragent',
  'http.clientip',
  'user',
  'name',
  'type',
  'availabilityzone',
  'instance.id',
  'resource.arn',
] as const
export const GROUP_KEYWORDS = ['group.name', 'group.arn'] as const

/** Keywords of root causes only: of the elements of their lists, and of the whole in JSON. */
export const CAUSE_FLAGS = ['first', 'last', 'remote'] as const
export const CAUSE_NUMBERS = ['index', 'coverage'] as const
export const CAUSE_STRINGS = ['message'] as const
/** Both mean the same. */
export const JSON_KEYWORDS = ['rootcause.json', 'json'] as const

export const ALL_FLAGS = [...FLAGS, ...CAUSE_FLAGS] as const
export const ALL_NUMBERS = [...NUMBER_KEYWORDS, ...CAUSE_NUMBERS] as const
export const ALL_STRINGS = [...STRING_KEYWORDS, ...CAUSE_STRINGS] as const

export type Flag = (typeof ALL_FLAGS)[number]
export type Keyword =
  | (typeof ALL_NUMBERS)[number]
  | (typeof ALL_STRINGS)[number]
  | (typeof GROUP_KEYWORDS)[number]
  | (typeof JSON_KEYWORDS)[number]

export const CAUSE_KINDS = ['fault', 'error', 'responsetime'] as const
export type CauseKind = (typeof CAUSE_KINDS)[number]
/** A root cause is a path of services, each with a path of entities, which may have exceptions. */
export type CauseList = 'service' | 'entity' | 'exception'

/** A response time has no exceptions. */
export const CAUSE_KEYWORDS = [
  'rootcause.fault.service',
  'rootcause.fault.entity',
  'rootcause.fault.exception',
  'rootcause.error.service',
  'rootcause.error.entity',
  'rootcause.error.exception',
  'rootcause.responsetime.service',
  'rootcause.responsetime.entity',
] as const
export type CauseKeyword = (typeof CAUSE_KEYWORDS)[number]

const POSITIONS = ['first', 'last', 'index'] as const

/** What `rootcause.<kind>.<list> { }` can have between its braces. */
export function keywordsOfCause(kind: CauseKind, list: CauseList): readonly (Flag | Keyword)[] {
  if (list === 'service') return [...POSITIONS, 'name', 'type', 'inferred']
  if (list === 'exception') return [...POSITIONS, 'name', 'message']
  return [...POSITIONS, 'name', 'remote', ...(kind === 'responsetime' ? (['coverage'] as const) : [])]
}

/** Undefined for a word that is none. */
export function causeOf(keyword: string): { readonly kind: CauseKind; readonly list: CauseList } | undefined {
  if (!isOneOf(CAUSE_KEYWORDS, keyword)) return undefined
  const [, kind, list] = keyword.split('.') as [string, CauseKind, CauseList]
  return { kind, list }
}

/** Characters. Source: https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html */
export const MAX_FILTER_LENGTH = 2_000

/** Terms inside each other. A bound of the sandbox: its parser and evaluation are recursive. */
export const MAX_FILTER_DEPTH = 50

/** `unfinished`: only the end of a longer expression is missing. */
export const FILTER_ISSUE_CODES = ['unfinished', 'invalid'] as const
export type FilterIssueCode = (typeof FILTER_ISSUE_CODES)[number]

/** Whether a text is one of the words of a list. */
export function isOneOf<Word extends string>(words: readonly Word[], text: string): text is Word {
  return (words as readonly string[]).includes(text)
}
