import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import type { Lens } from '../../contracts/trace-links.ts'
import { plural } from '../shell/format.ts'
import { LENS_NAMES, providers } from '../shell/providers.ts'

/** For each state: the CSS classes, and the tooltip after the provider's name. */
const STATES = {
  found: ['', 'has records of it'],
  error: ['status bad', 'has an error of it'],
  missing: ['s4', 'has received nothing, although another provider has'],
  'sampled out': ['soft', 'has received neither spans nor segments: probably the request was not sampled'],
  none: ['soft', 'has received no error'],
  live: ['soft', 'is live: its records are at the provider, not here'],
  off: ['soft', 'is switched off'],
} as const

/** The number of records that a provider received of a request, or the reason why it received none. */
export function Badge({ row, lens }: { readonly row: RequestRow; readonly lens: Lens }) {
  const records = { honeycomb: row.spans, xray: row.segments, rollbar: row.items }[lens]
  const unit = { honeycomb: 'span', xray: 'segment', rollbar: 'error' }[lens]
  const state = stateOf(row, lens, records)
  const [classes, meaning] = STATES[state]
  return (
    <span class={`badge ${classes}`} title={`${LENS_NAMES[lens]} ${meaning}`}>
      <span class="sr">{LENS_NAMES[lens]}: </span>
      {records > 0 ? plural(records, unit) : state === 'none' ? '–' : state}
      {state === 'none' && <span class="sr">no error</span>}
    </span>
  )
}

function stateOf(row: RequestRow, lens: Lens, records: number): keyof typeof STATES {
  if (records > 0) return lens === 'rollbar' ? 'error' : 'found'
  const mode = providers.value?.[lens].mode ?? 'local'
  if (mode !== 'local') return mode
  if (lens === 'rollbar') return 'none'
  return row.spans === 0 && row.segments === 0 ? 'sampled out' : 'missing'
}
