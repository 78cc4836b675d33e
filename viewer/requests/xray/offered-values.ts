import type { FilterTerms, FilterValue } from '../../../contracts/sandbox/xray-filter.ts'
import {
  ALL_NUMBERS,
  type Comparison,
  EQUALITY,
  GROUP_KEYWORDS,
  isOneOf,
  JSON_KEYWORDS,
  NUMBER_COMPARISONS,
  TEXT_COMPARISONS,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import type { Field } from './grammar.ts'

/** The operators that a keyword or an annotation can have. */
export function operatorsOf(field: Field, terms: FilterTerms): readonly Comparison[] {
  if (typeof field !== 'object') {
    if (isOneOf([...GROUP_KEYWORDS, ...JSON_KEYWORDS], field)) return EQUALITY
    return isOneOf(ALL_NUMBERS, field) ? NUMBER_COMPARISONS : TEXT_COMPARISONS
  }
  const known = terms.annotations.find(({ key }) => key === field.annotation)?.values ?? []
  const kinds = new Set(known.map((value) => typeof value))
  const possible = [
    ...EQUALITY,
    ...(kinds.has('number') ? NUMBER_COMPARISONS : []),
    ...(kinds.has('string') || kinds.size === 0 ? TEXT_COMPARISONS : []),
  ]
  return [...new Set(possible)]
}

type Offered = readonly [value: FilterValue, note?: string]

/** Values to choose from, with notes. */
export function valuesOf(field: Field, operator: Comparison, terms: FilterTerms): Offered[] {
  const { annotations, groups, services, values } = terms
  const usable = (known: readonly FilterValue[] = []): Offered[] =>
    known.filter((value) => fits(value, operator)).map((value) => [value])
  if (typeof field === 'object') {
    return usable(annotations.find(({ key }) => key === field.annotation)?.values)
  }
  switch (field) {
    case 'responsetime':
    case 'duration':
      return [0.05, 0.1, 0.5, 1, 5].map((seconds) => [
        seconds,
        seconds < 1 ? `${seconds * 1_000} ms` : `${seconds} s`,
      ])
    case 'coverage':
      return [0.5, 0.8].map((share) => [share, `${share * 100} % of the response time`])
    case 'index':
      return [0, 1, 2].map((index) => [index])
    case 'group.name':
      return groups.map(({ name, filter }) => [name, filter])
    case 'group.arn':
      return groups.flatMap(({ name, arn }) => (arn ? [[arn, name] as const] : []))
    case 'name':
      return usable(services.map(({ name }) => name))
    case 'type':
      return usable([...new Set(services.flatMap(({ type }) => type ?? []))])
    default:
      return usable(values[field])
  }
}

/** Whether the parser takes a value after an operator. */
function fits(value: FilterValue, operator: Comparison): boolean {
  if (typeof value === 'boolean') return EQUALITY.includes(operator)
  return (typeof value === 'number' ? NUMBER_COMPARISONS : TEXT_COMPARISONS).includes(operator)
}
