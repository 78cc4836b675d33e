import { useRef, useState } from 'preact/hooks'
import {
  calculationText,
  havingText,
  orderText,
  readCalculation,
  readHaving,
  readOrder,
  splitAtAnd,
} from '../../analysis/questions/clause-text.ts'
import { columnText, filterText, readColumn, splitAtCommas } from '../../analysis/questions/filter-text.ts'
import {
  type CalculationInput,
  cleanQuestion,
  type HavingInput,
  type OrderInput,
  withConsistentOrders,
} from '../../analysis/questions/question.ts'
import type { ColumnEntry, QueryInput } from '../../contracts/sandbox/query.ts'
import { DEFAULT_LIMIT, QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { Clause, type ShownNote } from '../clauses/clause.tsx'
import { Limit } from '../clauses/limit.tsx'
import type { Language } from '../clauses/term-field.tsx'
import { CalculatedFields } from './calculated-fields.tsx'
import { CalculationOptions } from './calculation-options.tsx'
import { Combination } from './combination.tsx'
import {
  type Column,
  completeCalculation,
  completeColumn,
  completeHaving,
  completeOrder,
} from './completion.ts'
import { type Completion, filterLanguage, OF_COLUMNS } from './filter-language.ts'

export interface BuilderProps {
  readonly question: QueryInput
  readonly completion: Completion
  /** About the question with what is being typed. */
  readonly notes: readonly ShownNote[]
  /** The question with a clause that is still being typed; undefined when nothing is. */
  readonly onDraft: (question: QueryInput | undefined) => void
  /** A clause is complete. */
  readonly onQuestion: (question: QueryInput) => void
}

/** The clauses of Honeycomb's query builder, with its names and in its order. */
export function Builder({ question, completion, notes, onDraft, onQuestion }: BuilderProps) {
  const [opened, setOpened] = useState(-1)
  const optionsButton = useRef<HTMLButtonElement>(null)
  const columns = withCalculated(completion.columns, question)
  const known = new Set(columns.map(({ name }) => name))
  const calculations = question.calculations ?? []
  const breakdowns = question.breakdowns ?? []
  const names = [...breakdowns, ...calculations.flatMap(({ name }) => name ?? [])]
  const isKnown = (column: string | null | undefined) => !column || known.has(column)
  const notesOf = (...clauses: readonly string[]) =>
    notes.filter(({ clause }) => clauses.includes(clause.split('.')[0] ?? ''))

  const calculating: Language<CalculationInput> = {
    text: calculationText,
    read: readCalculation,
    split: splitAtCommas,
    complete: (text) => completeCalculation(columns, text),
    isKnown: ({ column }) => isKnown(column),
    ...OF_COLUMNS,
    placeholder: calculations.length > 0 ? 'and …' : 'COUNT, P95(duration_ms), HEATMAP(…)',
  }
  const filtering = filterLanguage(columns, completion, question.filters?.length ?? 0)
  const grouping: Language<string> = {
    text: columnText,
    read: (text) => ({ term: readColumn(text) }),
    split: splitAtCommas,
    complete: (text) => completeColumn(columns, text),
    isKnown,
    ...OF_COLUMNS,
    placeholder: breakdowns.length > 0 ? 'and …' : 'None: all events in one group',
  }
  const ordering: Language<OrderInput> = {
    text: orderText,
    read: (text) => readOrder(text, names),
    split: splitAtCommas,
    complete: (text) => completeOrder(calculations, breakdowns, text),
    isKnown: ({ op, column }) => op !== undefined || names.includes(column ?? ''),
    ...OF_COLUMNS,
    placeholder: question.orders?.length ? 'then …' : 'First calculation, desc',
  }
  const having: Language<HavingInput> = {
    text: havingText,
    read: readHaving,
    split: splitAtAnd,
    complete: (text) => completeHaving(calculations, text),
    isKnown: () => true,
    ...OF_COLUMNS,
    placeholder: question.havings?.length ? 'and …' : 'None: all groups',
  }
  const withTerms = (terms: Partial<QueryInput>) => cleanQuestion({ ...question, ...terms })
  const drafted =
    <Term,>(clause: keyof QueryInput) =>
    (terms: Term[] | undefined) =>
      onDraft(terms && withTerms({ [clause]: terms }))
  const completed =
    <Term,>(clause: keyof QueryInput) =>
    (terms: Term[]) =>
      onQuestion(withConsistentOrders(withTerms({ [clause]: terms })))
  // A calculation that is edited as text keeps its own filters.
  const keepFilters = (terms: CalculationInput[]) =>
    terms.length === calculations.length
      ? terms.map((term, index) => {
          const { filters, filter_combination } = calculations[index] ?? {}
          return { ...(filters && { filters }), ...(filter_combination && { filter_combination }), ...term }
        })
      : terms
  const option = calculations[opened]
  return (
    <div class="clauses">
      <Clause
        title="SELECT"
        about="What to calculate, for the whole time range and for each point in time. Formerly VISUALIZE"
        path="calculations"
        language={calculating}
        terms={calculations}
        notes={notesOf('calculations')}
        more={(calculation, index) => (
          <>
            {calculation.filters && calculation.filters.length > 0 && (
              <span class="soft small">
                if{' '}
                {calculation.filters
                  .map(filterText)
                  .join(calculation.filter_combination === 'OR' ? ' or ' : ' and ')}
              </span>
            )}
            <button
              type="button"
              class="chip-button"
              aria-expanded={opened === index}
              aria-label={`Name and filters of ${calculationText(calculation)}`}
              onClick={({ currentTarget }) => {
                optionsButton.current = currentTarget
                setOpened(opened === index ? -1 : index)
              }}
            >
              …
            </button>
          </>
        )}
        below={
          option && (
            <CalculationOptions
              key={opened}
              calculation={option}
              path={`calculations.${opened}`}
              language={filtering}
              notes={notesOf('calculations')}
              onDraft={(next) =>
                onDraft(next && withTerms({ calculations: calculations.with(opened, next) }))
              }
              onCalculation={(next) => completed('calculations')(calculations.with(opened, next))}
              onClose={() => {
                setOpened(-1)
                optionsButton.current?.focus()
              }}
            />
          )
        }
        onDraft={(terms) => drafted('calculations')(terms && keepFilters(terms))}
        onTerms={(terms) => {
          if (terms.length !== calculations.length) setOpened(-1)
          completed('calculations')(keepFilters(terms))
        }}
      />
      <Clause
        title="WHERE"
        about="Which events count"
        path="filters"
        language={filtering}
        terms={question.filters ?? []}
        notes={notesOf('filters', 'filter_combination')}
        head={
          (question.filters?.length ?? 0) > 1 && (
            <Combination
              value={question.filter_combination ?? 'AND'}
              onPick={(filter_combination) => onQuestion(withTerms({ filter_combination }))}
            />
          )
        }
        onDraft={drafted('filters')}
        onTerms={completed('filters')}
      />
      <Clause
        title="GROUP BY"
        about="How to divide the events: one group for each value of these columns"
        path="breakdowns"
        language={grouping}
        terms={breakdowns}
        notes={notesOf('breakdowns')}
        onDraft={drafted('breakdowns')}
        onTerms={(terms) => completed('breakdowns')([...new Set(terms)])}
      />
      <Clause
        title="ORDER BY"
        about="Which groups come first"
        path="orders"
        language={ordering}
        terms={question.orders ?? []}
        notes={notesOf('orders')}
        onDraft={drafted('orders')}
        onTerms={completed('orders')}
      />
      <Limit
        value={question.limit}
        usual={DEFAULT_LIMIT}
        most={QUERY_LIMITS.results}
        notes={notesOf('limit')}
        onDraft={(limit) => onDraft(withTerms({ limit }))}
        onLimit={(limit) => onQuestion(withTerms({ limit }))}
      />
      <Clause
        title="HAVING"
        about="Which groups to show, by their calculated values"
        path="havings"
        language={having}
        terms={question.havings ?? []}
        notes={notesOf('havings')}
        onDraft={drafted('havings')}
        onTerms={(terms) => onQuestion(withTerms({ havings: terms }))}
      />
      <CalculatedFields
        fields={question.calculated_fields ?? []}
        columns={completion.columns}
        notes={notesOf('calculated_fields')}
        onDraft={(calculated_fields) => onDraft(calculated_fields && withTerms({ calculated_fields }))}
        onFields={(calculated_fields) => onQuestion(withTerms({ calculated_fields }))}
      />
    </div>
  )
}

/** Calculated fields are columns too, of a type that only the sandbox knows. */
function withCalculated(columns: readonly ColumnEntry[], question: QueryInput): readonly Column[] {
  const own = (question.calculated_fields ?? [])
    .filter(({ name }) => columns.every((column) => column.name !== name))
    .map(({ name }) => ({
      name,
      type: 'float' as const,
      isCalculated: true,
      share: 1,
      distinct: 0,
      values: [],
    }))
  return own.length > 0 ? [...own, ...columns] : columns
}
