import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { count } from '../shell/format.ts'
import { LENS_NAMES, type Lens, providers } from '../shell/providers.ts'

type State = 'found' | 'error' | 'missing' | 'sampled out' | 'none' | 'live' | 'off'

const MEANING: Readonly<Record<State, string>> = {
  found: 'has it',
  error: 'has an error in it',
  missing: 'has nothing of it, though others have',
  'sampled out': 'did not receive it: the sampling rules did not keep it',
  none: 'received no error',
  live: 'is live: its records are at the provider, not here',
  off: 'is switched off',
}

/** What a provider received of a request, or why it received nothing. */
export function Badge({ row, lens }: { readonly row: RequestRow; readonly lens: Lens }) {
  const records = { honeycomb: row.spans, xray: row.segments, rollbar: row.items }[lens]
  const state = stateOf(row, lens, records)
  const unit = { honeycomb: 'span', xray: 'segment', rollbar: 'error' }[lens]
  const text = records > 0 ? `${count(records)} ${unit}${records === 1 ? '' : 's'}` : state
  return (
    <span
      class={`badge badge-${state.replace(' ', '-')} of-${lens}`}
      title={`${LENS_NAMES[lens]} ${MEANING[state]}`}
    >
      <span class="sr">{LENS_NAMES[lens]}: </span>
      {state === 'none' ? '–' : text}
      {state === 'none' && <span class="sr">no error</span>}
    </span>
  )
}

function stateOf(row: RequestRow, lens: Lens, records: number): State {
  if (records > 0) return lens === 'rollbar' ? 'error' : 'found'
  const mode = providers.value?.[lens].mode ?? 'local'
  if (mode !== 'local') return mode
  if (lens === 'rollbar') return 'none'
  return row.spans === 0 && row.segments === 0 ? 'sampled out' : 'missing'
}
