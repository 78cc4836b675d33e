import type { CauseList, Flag, Keyword } from '../../../contracts/sandbox/xray-filter-words.ts'
import type { RootCause } from '../root-causes.ts'
import { compare } from './compare.ts'
import { combine, type Expression, type Term, type Value } from './expression.ts'

/** A service, an entity or an exception of a path. */
interface Element {
  readonly Name?: string | undefined
  readonly Type?: string | undefined
  readonly Message?: string | undefined
  readonly Inferred?: boolean
  readonly Remote?: boolean
  readonly Coverage?: number
}

/** Whether an element of a list of a root cause fulfils a filter; without one, whether there is an element. */
export function hasElement(
  causes: readonly RootCause[],
  list: CauseList,
  filter: Expression | undefined,
): boolean {
  return causes.some((cause) => {
    const elements = elementsOf(cause, list)
    return elements.some(
      (element, index) =>
        filter === undefined || combine(filter, (term) => isTrueOf(term, element, index, elements.length)),
    )
  })
}

/** The entities are those of all services of the path, one after the other, and the exceptions those of all entities. */
function elementsOf({ Services }: RootCause, list: CauseList): readonly Element[] {
  if (list === 'service') return Services
  const entities = Services.flatMap(({ EntityPath }) => EntityPath)
  return list === 'entity' ? entities : entities.flatMap(({ Exceptions = [] }) => Exceptions)
}

function isTrueOf(term: Term, element: Element, index: number, count: number): boolean {
  if (term.kind === 'flag') return hasFlag(term.flag, element, index, count)
  if (term.kind !== 'compare' || typeof term.field === 'object') return false
  const value = elementValue(term.field, element, index)
  return compare(value === undefined ? [] : [value], term.comparison, term.value)
}

function hasFlag(flag: Flag, { Remote, Inferred }: Element, index: number, count: number): boolean {
  switch (flag) {
    case 'first':
      return index === 0
    case 'last':
      return index === count - 1
    case 'remote':
      return Remote === true
    default:
      return flag === 'inferred' && Inferred === true
  }
}

function elementValue(field: Keyword, element: Element, index: number): Value | undefined {
  switch (field) {
    case 'index':
      return index
    case 'name':
      return element.Name
    case 'type':
      return element.Type
    case 'message':
      return element.Message
    default:
      return field === 'coverage' ? element.Coverage : undefined
  }
}

/**
 * Whether a value is as a pattern of `rootcause.json`: what the pattern does not have may be anything, what it has must be
 * the same, lists with as many elements.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-analytics
 */
export function isLike(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((part, index) => isLike(value[index], part))
    )
  }
  if (typeof pattern === 'object' && pattern !== null) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    return Object.entries(pattern).every(([key, part]) =>
      isLike(Object.hasOwn(value, key) ? value[key as keyof typeof value] : undefined, part),
    )
  }
  return pattern === (value ?? null)
}
