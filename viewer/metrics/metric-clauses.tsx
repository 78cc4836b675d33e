import { columnText, readColumn, splitAtCommas } from '../../analysis/questions/filter-text.ts'
import {
  DEFAULT_METRIC_GROUPS,
  METRIC_LIMITS,
  type MetricCalculation,
} from '../../contracts/sandbox/metric-words.ts'
import type { MetricAttribute, MetricFilter, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { Clause, type ShownNote } from '../clauses/clause.tsx'
import { Limit } from '../clauses/limit.tsx'
import type { Language } from '../clauses/term-field.tsx'
import { completeAttribute, completeMetricFilter } from './attribute-completion.ts'
import { cleanQuestion, metricFilterText, readMetricFilter } from './metric-question.ts'
import { calculationWords } from './metric-words.ts'

const UNKNOWN = 'No time series of this metric has this attribute.'

interface Props {
  readonly question: MetricQuestion
  readonly attributes: readonly MetricAttribute[]
  readonly notes: readonly ShownNote[]
  readonly onQuestion: (question: MetricQuestion) => void
}

/** Which time series count, and how they are divided. */
export function MetricClauses({ question, attributes, notes, onQuestion }: Props) {
  const isKnown = (name: string) => attributes.some((attribute) => attribute.name === name)
  const notesOf = (clause: string) => notes.filter((note) => note.clause.split('.')[0] === clause)
  const filtering: Language<MetricFilter> = {
    text: metricFilterText,
    read: readMetricFilter,
    complete: (text, cursor) => completeMetricFilter(attributes, text, cursor),
    isKnown: ({ attribute }) => isKnown(attribute),
    placeholder: question.filters ? 'and …' : 'None: all time series. attribute = value',
    unknown: UNKNOWN,
  }
  const grouping: Language<string> = {
    text: columnText,
    read: (text) => ({ term: readColumn(text) }),
    split: splitAtCommas,
    complete: (text) => completeAttribute(attributes, text),
    isKnown,
    placeholder: question.breakdowns ? 'and …' : 'None: all time series together',
    unknown: UNKNOWN,
  }
  const put = (clauses: Partial<MetricQuestion>) => onQuestion(cleanQuestion({ ...question, ...clauses }))
  return (
    <div class="clauses">
      <Clause
        title="WHERE"
        about="Which time series count"
        path="filters"
        language={filtering}
        terms={question.filters ?? []}
        notes={notesOf('filters')}
        onDraft={() => {}}
        onTerms={(filters) => put({ filters })}
      />
      <Clause
        title="GROUP BY"
        about="A line for each value of these attributes"
        path="breakdowns"
        language={grouping}
        terms={question.breakdowns ?? []}
        notes={notesOf('breakdowns')}
        onDraft={() => {}}
        onTerms={(terms) => put({ breakdowns: [...new Set(terms)] })}
      />
      <Limit
        value={question.limit}
        usual={DEFAULT_METRIC_GROUPS}
        most={METRIC_LIMITS.groups}
        notes={notesOf('limit')}
        onDraft={() => {}}
        onLimit={(limit) => put({ limit: limit as number })}
      />
    </div>
  )
}

interface CalculationsProps {
  readonly metric: { readonly kind: string }
  readonly possible: readonly MetricCalculation[]
  readonly chosen: readonly MetricCalculation[]
  readonly onToggle: (calculation: MetricCalculation) => void
}

/** A button for each calculation; those that are pressed have a chart. */
export function Calculations({ metric, possible, chosen, onToggle }: CalculationsProps) {
  return (
    <div class="choices calculations" role="group" aria-label="Charts">
      {possible.map((calculation) => (
        <button
          key={calculation}
          type="button"
          aria-pressed={chosen.includes(calculation)}
          onClick={() => onToggle(calculation)}
        >
          {calculationWords(calculation, metric)}
        </button>
      ))}
    </div>
  )
}
