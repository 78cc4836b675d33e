import type { ColumnValue } from '../../../contracts/sandbox/query.ts'

export interface CompiledExpression {
  readonly columns: readonly string[]
  evaluate(values: readonly (ColumnValue | null)[], timeMs: number): ColumnValue | null
  readonly usesTime: boolean
}

export class ExpressionError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export function compileExpression(_text: string): CompiledExpression {
  throw new ExpressionError('calculated fields are not available yet', 0)
}
