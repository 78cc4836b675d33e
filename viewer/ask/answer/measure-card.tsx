import { percent } from '../../../analysis/format.ts'
import { formatNumber, unitOfColumn } from '../../../analysis/questions/values.ts'
import type { Difference, QueryInput } from '../../../contracts/sandbox/query.ts'
import { openMenu } from '../../shell/menu.tsx'
import { binActions, binInWords, binsOf } from './difference-words.ts'
import { CardTitle } from './dimension-card.tsx'
import { moveFocus } from './move-focus.ts'

interface Props {
  readonly difference: Difference
  readonly question: QueryInput
  readonly onChange: (next: QueryInput) => void
}

/** The distributions of one number inside and outside the selection, one above the other. */
export function MeasureCard({ difference, question, onChange }: Props) {
  const { name, withoutColumn } = difference
  const unit = unitOfColumn(name)
  const bins = binsOf(difference)
  const most = Math.max(...bins.map(({ inside, outside }) => Math.max(inside, outside)), Number.MIN_VALUE)
  const [first, last] = [bins[0], bins.at(-1)]
  return (
    <>
      <CardTitle {...{ difference, question, onChange }} />
      <div class="bins" role="toolbar" aria-label={`Values of ${name}`} onKeyDown={moveFocus}>
        {bins.map((bin, index) => (
          <button
            key={bin.low}
            type="button"
            class="bin"
            tabIndex={index === 0 ? 0 : -1}
            aria-haspopup="menu"
            aria-label={binInWords(name, bin, unit)}
            title={`${formatNumber(bin.low, unit)} – ${formatNumber(bin.high, unit)}: ${percent(bin.inside)} inside, ${percent(bin.outside)} outside`}
            onClick={({ currentTarget }) =>
              openMenu(
                currentTarget,
                `${name} ${formatNumber(bin.low, unit)} – ${formatNumber(bin.high, unit)}`,
                binActions(name, bin, question, onChange),
              )
            }
          >
            <i class="outside" style={{ height: `${(bin.outside / most) * 100}%` }} />
            <i class="inside" style={{ height: `${(bin.inside / most) * 100}%` }} />
          </button>
        ))}
      </div>
      <p class="bin-edges soft small" aria-hidden="true">
        <span>{first && formatNumber(first.low, unit)}</span>
        <span>{last && formatNumber(last.high, unit)}</span>
      </p>
      {(withoutColumn.inside > 0 || withoutColumn.outside > 0) && (
        <p class="soft small">
          (none) {percent(withoutColumn.inside)} inside, {percent(withoutColumn.outside)} outside
        </p>
      )}
    </>
  )
}
