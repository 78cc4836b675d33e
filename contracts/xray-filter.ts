// The words of X-Ray's filter expressions.
// Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** The comparisons that X-Ray takes for numbers, for text, and for the name or ARN of a group. */
export const ORDERED: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>=']
export const TEXTUAL: readonly Comparison[] = ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH']
export const NAMED: readonly Comparison[] = ['=', '!=']

export const FLAGS = ['ok', 'error', 'fault', 'throttle', 'partial'] as const
export const NUMBERS = ['responsetime', 'duration', 'http.status'] as const
export const STRINGS = [
  'http.url',
  'http.method',
  'http.useragent',
  'http.clientip',
  'user',
  'group.name',
  'group.arn',
] as const

export type Flag = (typeof FLAGS)[number]
export type Keyword = (typeof NUMBERS)[number] | (typeof STRINGS)[number]

/** Characters. Source: https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html */
export const MAX_FILTER_LENGTH = 2_000
