import type { Comparison, Flag, Keyword } from '../../../contracts/sandbox/xray-filter-words.ts'

export type Value = string | number | boolean

/** A node of the service map in `service(…)`, `edge(…)` or `id(…)`, by any of its name, type and account. */
export interface ServicePattern {
  readonly name?: string
  readonly type?: string
  readonly accountId?: string
}

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
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
