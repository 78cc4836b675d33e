import type { Signal } from '@preact/signals'
import { count } from '../../analysis/format.ts'
import { DRAWN_GROUPS } from '../../analysis/questions/lines.ts'
import type { MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { MetricAnswer, MetricGroup, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { Swatch } from '../charts/swatch.tsx'
import { useLitRows } from '../charts/use-lit-rows.ts'
import { type Action, openMenu } from '../shell/menu.tsx'
import { groupWords, rangeNote } from './explanation.ts'
import { groupLabel, valueLabel } from './metric-lines.ts'
import { withoutValue, withValue } from './metric-question.ts'
import { calculationWords, formatOf } from './metric-words.ts'

interface Props {
  readonly question: MetricQuestion
  readonly answer: MetricAnswer
  /** Those with a number for each group. */
  readonly calculations: readonly MetricCalculation[]
  readonly highlighted: Signal<number>
  readonly onQuestion: (question: MetricQuestion) => void
}

/** The legend of the charts, with each calculation over the whole time range. */
export function GroupTable({ question, answer, calculations, highlighted, onQuestion }: Props) {
  const { metric, groups, groupCount } = answer
  const breakdowns = question.breakdowns ?? []
  const { body, light, dim } = useLitRows(highlighted, calculations.length > 0)
  return (
    <section class="card results" aria-label="Whole time range">
      <div class="table-box">
        <table class="result-table">
          <caption class="soft small">
            Over the whole time range, calculated anew: not the mean of the steps above.
            {rangeNote(calculations, metric)}
            {breakdowns.length > 0 && ` ${groupWords(groups.length, groupCount)}`}
            {groups.length > DRAWN_GROUPS && `, the first ${DRAWN_GROUPS} with a line`}
          </caption>
          <thead>
            <tr>
              <th scope="col">{breakdowns.map((name) => name.slice(0, 100)).join(', ') || 'Group'}</th>
              {calculations.map((calculation) => (
                <th key={calculation} scope="col" class="number">
                  {calculationWords(calculation, metric)}
                </th>
              ))}
              <th scope="col" class="number">
                Time series
              </th>
            </tr>
          </thead>
          <tbody ref={body} onPointerOver={light} onFocusIn={light} onPointerLeave={dim} onFocusOut={dim}>
            {groups.map((group, place) => (
              <tr key={JSON.stringify(group.key)}>
                <td>
                  <GroupName {...{ group, place, question, onQuestion }} hasLine={calculations.length > 0} />
                </td>
                {calculations.map((calculation) => (
                  <td
                    key={calculation}
                    class="number"
                    title={String(group.totals[calculation] ?? 'no value')}
                  >
                    {totalText(group, calculation, formatOf(metric, calculation).format)}
                  </td>
                ))}
                <td class="number">{count(group.series)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function totalText(
  { totals }: MetricGroup,
  calculation: MetricCalculation,
  format: (value: number) => string,
): string {
  const value = totals[calculation] ?? null
  return value === null ? '–' : format(value)
}

interface NameProps {
  readonly group: MetricGroup
  readonly place: number
  readonly hasLine: boolean
  readonly question: MetricQuestion
  readonly onQuestion: (question: MetricQuestion) => void
}

/** A group with its line, and what can be done with it. */
function GroupName({ group, place, hasLine, question, onQuestion }: NameProps) {
  const label = groupLabel(group.key)
  const swatch = hasLine && place < DRAWN_GROUPS && <Swatch place={place} />
  if (group.key.length === 0) {
    return (
      <span class="group-name">
        {swatch}
        <span class="cut">{label}</span>
      </span>
    )
  }
  return (
    <button
      type="button"
      class="group-button"
      aria-haspopup="menu"
      aria-label={`${label}: actions`}
      title={label}
      onClick={({ currentTarget }) => openMenu(currentTarget, label, actionsOf(group, question, onQuestion))}
    >
      {swatch}
      <span class="cut">{label}</span>
    </button>
  )
}

function actionsOf(
  { key }: MetricGroup,
  question: MetricQuestion,
  onQuestion: (question: MetricQuestion) => void,
): Action[] {
  const pairs = (question.breakdowns ?? []).map((name, index) => [name, key[index] ?? null] as const)
  return [
    {
      name: 'Filter to this',
      act: () => onQuestion(pairs.reduce((next, [name, value]) => withValue(next, name, value), question)),
    },
    ...pairs.map(([name, value]) => ({
      name: pairs.length === 1 ? 'Exclude this' : `Exclude ${name} ${valueLabel(value)}`,
      act: () => onQuestion(withoutValue(question, name, value)),
    })),
  ]
}
