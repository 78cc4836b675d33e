import type { ErrorOccurrence } from '../../contracts/sandbox/lists.ts'
import type { ErrorRequests } from '../../contracts/sandbox/wiring.ts'
import { useRead } from '../shell/api.ts'
import { FurtherText } from '../shell/further-text.tsx'
import { hrefOf } from '../shell/router.ts'
import { WithoutTrace } from '../wiring/without-trace.tsx'

type Found = ErrorRequests['found'][number]

/** The failed requests that look like those of the shown occurrences without a trace, by the occurrence's id. */
export function useStrayRequests(
  itemId: string,
  occurrences: readonly ErrorOccurrence[],
): ReadonlyMap<number, Found> {
  const ids = occurrences.filter(({ traceId }) => traceId === null).map(({ id }) => id)
  const range = `newest=${Math.max(...ids)}&oldest=${Math.min(...ids)}`
  const address =
    ids.length > 0 ? `sandbox/errors/${encodeURIComponent(itemId)}/requests?${range}` : undefined
  const { value } = useRead<ErrorRequests>(address)
  return new Map(value?.found?.map((one) => [one.id, one]))
}

/** In place of the trace of an occurrence without one. */
export function StrayTrace({ found }: { readonly found: Found | undefined }) {
  if (!found || found.rows.length === 0) return <span class="soft">names no trace</span>
  return (
    <>
      <span class="soft">names none; {found.isSeveral ? 'several fit: ' : 'looks like '}</span>
      {found.rows.map(({ traceId, name }, index) => (
        <>
          {index > 0 && ', '}
          <a
            key={traceId}
            class="mono"
            href={hrefOf(`trace/${traceId}`)}
            title={`${name.slice(0, 200)} ${traceId}`}
          >
            …{traceId.slice(-8)}
          </a>
        </>
      ))}
    </>
  )
}

/** Above the occurrences, if some name no trace. */
export function StrayNote({ occurrences }: { readonly occurrences: readonly ErrorOccurrence[] }) {
  const strays = occurrences.filter(({ traceId }) => traceId === null).length
  if (strays === 0) return null
  return (
    <div class="note small stray-note">
      <p>
        <b>{wordsOf(strays, occurrences.length)}</b>
      </p>
      <FurtherText name="Why, and how to add it">
        <WithoutTrace />
      </FurtherText>
    </div>
  )
}

function wordsOf(strays: number, all: number): string {
  if (strays < all) return `${strays} of these ${all} occurrences name no trace.`
  return all === 1 ? 'It names no trace.' : `None of these ${all} occurrences names a trace.`
}
