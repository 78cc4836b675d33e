import { calculationText } from '../../analysis/questions/clause-text.ts'
import type { CalculationInput, FilterInput } from '../../analysis/questions/question.ts'
import { Clause, type ShownNote } from '../clauses/clause.tsx'
import type { Language } from '../clauses/term-field.tsx'
import { Combination } from './combination.tsx'

interface Props {
  readonly calculation: CalculationInput
  readonly path: string
  readonly language: Language<FilterInput>
  readonly notes: readonly ShownNote[]
  readonly onDraft: (calculation: CalculationInput | undefined) => void
  readonly onCalculation: (calculation: CalculationInput) => void
  readonly onClose: () => void
}

/** The name of one calculation in the results, and filters for it alone. */
export function CalculationOptions(props: Props) {
  const { calculation, path, language, notes, onDraft, onCalculation, onClose } = props
  const filters = calculation.filters ?? []
  const named = (text: string): CalculationInput => {
    const { name, ...rest } = calculation
    return text.trim() ? { ...rest, name: text.trim() } : rest
  }
  const filtered = (terms: FilterInput[]): CalculationInput => {
    const { filters: before, filter_combination, ...rest } = calculation
    if (terms.length === 0) return rest
    return { ...rest, filters: terms, ...(terms.length > 1 && filter_combination && { filter_combination }) }
  }
  return (
    <div
      class="calculation-options"
      role="group"
      aria-label={`Options of ${calculationText(calculation)}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose()
      }}
    >
      <label class="line">
        <span class="small">Name in the results</span>
        <input
          type="text"
          class="mono"
          maxLength={100}
          placeholder={calculationText({ ...calculation, name: undefined })}
          value={calculation.name ?? ''}
          onChange={({ currentTarget }) => onCalculation(named(currentTarget.value))}
        />
      </label>
      <Clause
        title="ONLY IF"
        about="Which events count for this calculation alone"
        path={`${path}.filters`}
        language={language}
        terms={filters}
        notes={notes.filter(({ clause }) => clause.startsWith(`${path}.filter`))}
        head={
          filters.length > 1 && (
            <Combination
              value={calculation.filter_combination ?? 'AND'}
              onPick={(filter_combination) => onCalculation({ ...calculation, filter_combination })}
            />
          )
        }
        onDraft={(terms) => onDraft(terms && filtered(terms))}
        onTerms={(terms) => onCalculation(filtered(terms))}
      />
      <button type="button" class="link small" onClick={onClose}>
        Close
      </button>
    </div>
  )
}
