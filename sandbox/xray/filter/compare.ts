import type { Comparison } from '../../../contracts/sandbox/xray-filter-words.ts'
import type { Value } from './expression.ts'

/**
 * True if one value fulfils a comparison. `!=` is true if there are values and none is equal; without a comparison, if
 * there are values.
 */
export function compare(
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
