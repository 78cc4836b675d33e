import { useState } from 'preact/hooks'
import { count, percent, plural } from '../../../analysis/format.ts'
import { nameOfValue } from '../../../analysis/questions/values.ts'
import type { Difference, QueryInput } from '../../../contracts/sandbox/query.ts'
import { openMenu } from '../../shell/menu.tsx'
import { barActions, barsOf, columnActions } from './difference-words.ts'
import { moveFocus } from './move-focus.ts'

/** Values that are shown at once. */
const FIRST = 5

interface Props {
  readonly difference: Difference
  readonly question: QueryInput
  readonly onChange: (next: QueryInput) => void
}

/** The values of one column, each with its share inside and outside the selection. */
export function DimensionCard({ difference, question, onChange }: Props) {
  const { name, omittedValues } = difference
  const [showsAll, setShowsAll] = useState(false)
  const bars = barsOf(difference)
  const shown = showsAll || bars.length <= FIRST + 1 ? bars : bars.slice(0, FIRST)
  const hidden = bars.length - shown.length
  return (
    <>
      <CardTitle {...{ difference, question, onChange }} />
      <div
        class="bars"
        role="toolbar"
        aria-orientation="vertical"
        aria-label={`Values of ${name}`}
        onKeyDown={moveFocus}
      >
        {shown.map((bar, index) => (
          <button
            key={`${typeof bar.value} ${bar.value}`}
            type="button"
            class="bar-row"
            tabIndex={index === 0 ? 0 : -1}
            aria-haspopup="menu"
            title={nameOfValue(bar.value)}
            onClick={({ currentTarget }) =>
              openMenu(
                currentTarget,
                `${name}: ${nameOfValue(bar.value)}`,
                barActions(name, bar, question, onChange),
              )
            }
          >
            <span class={`cut ${bar.value === null ? 'soft' : ''}`}>
              <span class="sr">{name}: </span>
              {nameOfValue(bar.value)}
            </span>{' '}
            <span class="bar-shares">
              <span class="inside-word">{percent(bar.inside)}</span>
              <span class="sr"> inside, </span>
              <span class="soft">{percent(bar.outside)}</span>
              <span class="sr"> outside</span>
            </span>
            <i class="share inside" style={{ width: `${bar.inside * 100}%` }} />
            <i class="share outside" style={{ width: `${bar.outside * 100}%` }} />
          </button>
        ))}
      </div>
      {hidden > 0 ? (
        <button type="button" class="link small" onClick={() => setShowsAll(true)}>
          Show {count(hidden)} more<span class="sr"> of {name}</span>
        </button>
      ) : (
        omittedValues > 0 && <p class="soft small">and {plural(omittedValues, 'value')} more</p>
      )}
    </>
  )
}

/** The column's name. Its menu groups by the column. */
export function CardTitle({ difference: { name, score }, question, onChange }: Props) {
  return (
    <h4>
      <button
        type="button"
        class="card-title cut"
        aria-haspopup="menu"
        title={`${name}: differs by ${percent(score)}`}
        onClick={({ currentTarget }) =>
          openMenu(currentTarget, name, columnActions(name, question, onChange))
        }
      >
        {name}
      </button>
    </h4>
  )
}
