import type { ClauseNote, ColumnValue } from '../../../contracts/sandbox/query.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import { type CodedValues, Column, noValues } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
import { compileExpression } from '../expressions/compile.ts'
import { ExpressionError } from '../expressions/expression-error.ts'
import { clauseError } from '../query-error.ts'

/** For the values of one calculated field. bytes */
const MAX_CALCULATED_BYTES = 128 * 1024 * 1024
/** Rows between two looks at the clock. */
const CHECK_EVERY = 1 << 14

/** The columns of one question: those of the events, and its calculated fields. */
export class ColumnSet {
  readonly #table: EventTable
  readonly #calculated = new Map<string, Column>()

  constructor(table: EventTable) {
    this.#table = table
  }

  has(name: string): boolean {
    return this.#calculated.has(name) || this.#table.column(name) !== undefined
  }

  get(name: string): Column | undefined {
    return this.#calculated.get(name) ?? this.#table.column(name)
  }

  /** Every column, calculated ones first. */
  *all(): Iterable<Column> {
    yield* this.#calculated.values()
    for (const column of this.#table.columns()) if (!this.#calculated.has(column.name)) yield column
  }

  /** The values of the rows; none for a column that does not exist. */
  of(name: string, rows: Uint32Array): CodedValues {
    const column = this.get(name)
    return column ? column.of(rows) : noValues(rows.length)
  }

  /**
   * Evaluates a calculated field for the rows. It may use the fields before it. An expression over one column is evaluated
   * once for each different value. Throws a QueryError (400) with the place of an error in the expression.
   */
  calculate(
    field: { readonly name: string; readonly expression: string },
    clause: string,
    rows: Uint32Array,
    check: CheckDeadline,
  ): ClauseNote[] {
    const compiled = compile(field.expression, clause)
    const inputs = compiled.columns.map((name) => this.of(name, rows))
    let left = MAX_CALCULATED_BYTES
    const result = new Column(field.name, {
      take(bytes) {
        left -= bytes
        if (left >= 0) return true
        const message =
          'gives more text than a question may use: ask about a shorter time, or make it shorter'
        throw clauseError([{ clause: `${clause}.expression`, message }])
      },
    })
    const values: (ColumnValue | null)[] = new Array(inputs.length).fill(null)
    const { timesMs } = this.#table
    const isOfOneColumn = inputs.length === 1 && !compiled.usesTime
    // Code + 1 by the code of the only input; 0 where it is not evaluated yet.
    const known = isOfOneColumn ? new Uint32Array(inputs[0]?.dictionary.size ?? 0) : undefined
    for (const [index, row] of rows.entries()) {
      if (index % CHECK_EVERY === 0) check()
      const only = inputs[0]?.codes[index] ?? 0
      if (known && known[only] !== 0) {
        const code = (known[only] as number) - 1
        if (code > 0) result.putCode(row, code)
        continue
      }
      for (const [at, input] of inputs.entries())
        values[at] = input.dictionary.value(input.codes[index] as number)
      const value = compiled.evaluate(values, timesMs[row] as number)
      const code = value === null ? 0 : (result.encode(value) ?? 0)
      if (known) known[only] = code + 1
      if (code > 0) result.putCode(row, code)
    }
    this.#calculated.set(field.name, result)
    return compiled.columns
      .filter((name) => !this.has(name))
      .map((name) => ({ clause: `${clause}.expression`, message: `no event has the column "${name}"` }))
  }
}

function compile(expression: string, clause: string) {
  try {
    return compileExpression(expression)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const message = `${error.message} (at character ${error.at + 1})`
    throw clauseError([{ clause: `${clause}.expression`, message }])
  }
}
