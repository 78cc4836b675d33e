// The words of X-Ray's filter expressions.
// Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** The comparisons that X-Ray takes for numbers, for text, and for the name or ARN of a group. */
export const NUMBER_COMPARISONS: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>=']
export const TEXT_COMPARISONS: readonly Comparison[] = ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH']
export const GROUP_COMPARISONS: readonly Comparison[] = ['=', '!=']

export const FLAGS = ['ok', 'error', 'fault', 'throttle', 'partial'] as const
export const NUMBER_KEYWORDS = ['responsetime', 'duration', 'http.status'] as const
export const STRING_KEYWORDS = [
  'http.url',
  'http.method',
  'http.useragent',
  'http.clientip',
  'user',
  'group.name',
  'group.arn',
] as const

export type Flag = (typeof FLAGS)[number]
export type Keyword = (typeof NUMBER_KEYWORDS)[number] | (typeof STRING_KEYWORDS)[number]

/** Characters. Source: https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html */
export const MAX_FILTER_LENGTH = 2_000

/** Terms inside each other. A bound of the sandbox: its parser and evaluation are recursive. */
export const MAX_FILTER_DEPTH = 50

/** `unfinished`: only the end of a longer expression is missing. */
export const FILTER_ISSUE_CODES = ['unfinished', 'invalid'] as const
export type FilterIssueCode = (typeof FILTER_ISSUE_CODES)[number]
