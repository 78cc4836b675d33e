import type {
  CauseKind,
  CauseList,
  Comparison,
  Flag,
  Keyword,
} from '../../../contracts/sandbox/xray-filter-words.ts'

export type Value = string | number | boolean

/** A node of the service map in `service(…)`, `edge(…)` or `id(…)`, by any of its name, type and account. */
export interface ServicePattern {
  readonly name?: string
  readonly type?: string
  readonly accountId?: string
}

export type Term =
  | { readonly kind: 'flag'; readonly flag: Flag }
  | {
      readonly kind: 'compare'
      readonly field: Keyword | { readonly annotation: string }
      /** Undefined: true if there is a value. */
      readonly comparison: Comparison | undefined
      readonly value: Value | undefined
    }
  | { readonly kind: 'service'; readonly service: ServicePattern; readonly filter: Expression | undefined }
  | {
      readonly kind: 'edge'
      readonly from: ServicePattern
      readonly to: ServicePattern
      readonly filter: Expression | undefined
    }
  /** An element of a list of a root cause; undefined: any. */
  | {
      readonly kind: 'cause'
      readonly cause: CauseKind
      readonly list: CauseList
      readonly filter: Expression | undefined
    }
  /** Root causes as JSON, each of which the trace must have. */
  | { readonly kind: 'json'; readonly patterns: readonly unknown[] }

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | Term

/** Whether an expression is true, where `isTrue` tells it of its terms. */
export function combine(expression: Expression, isTrue: (term: Term) => boolean): boolean {
  switch (expression.kind) {
    case 'and':
      return combine(expression.left, isTrue) && combine(expression.right, isTrue)
    case 'or':
      return combine(expression.left, isTrue) || combine(expression.right, isTrue)
    case 'not':
      return !combine(expression.operand, isTrue)
    default:
      return isTrue(expression)
  }
}
