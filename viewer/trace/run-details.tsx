import { duration, plural } from '../../analysis/format.ts'
import type { PlacedRow } from '../../analysis/trace/rows.ts'
import type { Run } from '../../analysis/trace/runs.ts'
import { Fields } from './fields.tsx'

const MAX_SLOWEST = 10

interface Props {
  readonly row: PlacedRow
  readonly run: Run
  readonly onSelect: (id: string) => void
  readonly onClose: () => void
}

/** The numbers of a selected run, and its slowest members. */
export function RunDetails({ row, run, onSelect, onClose }: Props) {
  const { members, totalMs, maxMs, errors } = run
  const slowest = members
    .toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
    .slice(0, MAX_SLOWEST)
  const lastedMs = row.endMs - row.startMs
  return (
    <aside class="card details" aria-label="Details of the selection">
      <header>
        <h2 class="cut" title={row.label.slice(0, 1_000)}>
          {row.label.slice(0, 200)}
        </h2>
        <button type="button" class="quiet" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <span class="sr">Close the details</span>
        </button>
      </header>
      <div class="details-body">
        <p class="soft small">
          {plural(members.length, 'sibling')} that do the same, one after the other, in one row.
        </p>
        <Fields
          search=""
          fields={[
            ['service', row.service],
            ['total', duration(totalMs)],
            ['longest', duration(maxMs)],
            ['mean', duration(totalMs / members.length)],
            ['from first start to last end', duration(lastedMs)],
            ['at once, on average', lastedMs > 0 ? (totalMs / lastedMs).toFixed(1) : '–'],
            ['errors', String(errors)],
          ]}
        />
        <h3>The slowest</h3>
        <ol class="slowest">
          {slowest.map(({ key, id, label, detail, startMs, endMs, isError }) => (
            <li key={key}>
              <button type="button" class="link cut" onClick={() => onSelect(id)}>
                {(detail?.text || label).slice(0, 200)}
              </button>
              <span>
                {isError && <em class="tag bad">error</em>} {duration(endMs - startMs)}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </aside>
  )
}
