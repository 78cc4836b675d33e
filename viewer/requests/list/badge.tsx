import { plural } from '../../../analysis/format.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { LENS_NAMES, type Lens } from '../../../contracts/trace-links.ts'
import { providers } from '../../shell/providers.ts'
import { explained, explainMissing } from './missing-note.tsx'

/** For each state: the CSS classes, and the tooltip after the provider's name. */
const STATES = {
  found: ['found', 'has records of it'],
  error: ['found status bad', 'has an error of it'],
  missing: ['s4', 'has received nothing, although another provider has'],
  'sampled out': ['soft', 'has received neither spans nor segments: probably the request was not sampled'],
  none: ['soft', 'has received no error'],
  live: ['soft', 'is live: its records are at the provider, not here'],
  off: ['soft', 'is switched off'],
} as const

interface Props {
  readonly row: RequestRow
  readonly lens: Lens
  /** Its row has the cursor, so that the Tab key reaches it. */
  readonly isActive: boolean
}

/** The number of records that a provider received of a request, or the reason why it received none. */
export function Badge({ row, lens, isActive }: Props) {
  const records = recordsOf(row, lens)
  const unit = { honeycomb: 'span', xray: 'segment', rollbar: 'error' }[lens]
  const state = stateOf(row, lens)
  const [classes, meaning] = STATES[state]
  const title = `${LENS_NAMES[lens]} ${meaning}`
  const name = <span class="sr lens-name">{LENS_NAMES[lens]}: </span>
  if (state === 'missing') {
    return (
      <button
        type="button"
        class={`badge missing ${classes}`}
        title={title}
        tabIndex={isActive ? 0 : -1}
        aria-haspopup="dialog"
        aria-expanded={explained.value?.row.traceId === row.traceId && explained.value.lens === lens}
        onClick={({ currentTarget }) => explainMissing(row, lens, currentTarget)}
      >
        {name}
        missing
      </button>
    )
  }
  return (
    <span class={`badge ${classes}`} title={title}>
      {name}
      {records > 0 ? plural(records, unit) : state === 'none' ? '–' : state}
      {state === 'none' && <span class="sr">no error</span>}
    </span>
  )
}

/** Whether a provider has received nothing of a request of which another has. */
export function isMissing(row: RequestRow, lens: Lens): boolean {
  return stateOf(row, lens) === 'missing'
}

function recordsOf(row: RequestRow, lens: Lens): number {
  return { honeycomb: row.spans, xray: row.segments, rollbar: row.items }[lens]
}

function stateOf(row: RequestRow, lens: Lens): keyof typeof STATES {
  if (recordsOf(row, lens) > 0) return lens === 'rollbar' ? 'error' : 'found'
  const mode = providers.value?.[lens].mode ?? 'local'
  if (mode !== 'local') return mode
  if (lens === 'rollbar') return 'none'
  return row.spans === 0 && row.segments === 0 ? 'sampled out' : 'missing'
}
