import type { PathLens } from '../../analysis/compare/path-spans.ts'
import { hrefOf } from '../shell/router.ts'

export const SORTS = ['place', 'difference'] as const
export type Sort = (typeof SORTS)[number]

/** What the address of the page says. */
export interface CompareAddress {
  /** The trace that the other is compared with; its id in either notation, or empty. */
  readonly a: string
  readonly b: string
  /** Undefined: the one that both traces have. */
  readonly lens: PathLens | undefined
  readonly isOnlyChanges: boolean
  readonly sort: Sort
}

export function readAddress(params: URLSearchParams): CompareAddress {
  const lens = params.get('lens')
  return {
    a: (params.get('a') ?? '').trim(),
    b: (params.get('b') ?? '').trim(),
    lens: lens === 'honeycomb' || lens === 'xray' ? lens : undefined,
    isOnlyChanges: params.get('only') === 'changes',
    sort: SORTS.find((sort) => sort === params.get('sort')) ?? 'place',
  }
}

/** Where two traces are compared. The page says what makes `b` slower than `a`. Trace ids */
export function hrefOfTraces(a: string, b: string): string {
  return hrefOfComparison({ a, b, lens: undefined, isOnlyChanges: false, sort: 'place' })
}

export function hrefOfComparison({ a, b, lens, isOnlyChanges, sort }: CompareAddress): string {
  const params = new URLSearchParams({
    ...(a && { a }),
    ...(b && { b }),
    ...(lens && { lens }),
    ...(isOnlyChanges && { only: 'changes' }),
    ...(sort !== 'place' && { sort }),
  })
  return hrefOf('compare', params.toString())
}
