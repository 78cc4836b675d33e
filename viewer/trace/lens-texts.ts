import { plural } from '../../analysis/format.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Lens } from '../../contracts/trace-links.ts'
import { providers } from '../shell/providers.ts'

/** What a lens has. */
export function aboutText(
  lens: 'honeycomb' | 'xray',
  { spans, logs, segments, documents }: TraceLenses,
): string {
  if (lens === 'honeycomb')
    return [
      plural(spans.length, 'span'),
      ...(logs.length > 0 ? [plural(logs.length, 'log record')] : []),
    ].join(', ')
  const subsegments = segments.filter(({ isSubsegment }) => isSubsegment).length
  return `${plural(documents, 'segment document')}, ${plural(subsegments, 'subsegment')}`
}

/** Why a lens has nothing. */
export function emptyText(lens: Lens): string {
  const mode = providers.value?.[lens].mode
  if (mode === 'off') return 'Switched off.'
  if (mode === 'live') return 'Live: this provider’s records are in its own account, not in the sandbox.'
  if (lens === 'rollbar') return 'No error of this request was sent.'
  return lens === 'honeycomb' ? 'No span was sent here.' : 'No segment was sent here.'
}
