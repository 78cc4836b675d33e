import { clock, plural } from '../../analysis/format.ts'
import { evidenceOf } from '../../analysis/trace/twin-words.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import type { StrayOccurrence, TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { FurtherText } from '../shell/further-text.tsx'
import { hrefOf } from '../shell/router.ts'
import { TwoIds } from '../wiring/two-ids.tsx'
import { WithoutTrace } from '../wiring/without-trace.tsx'

const MAX_TITLE = 120

interface Props {
  readonly trace: TraceLenses
  readonly found: Partial<TraceTwins> | undefined
}

/** Says what looks like it is of the same request under another id, or under none. */
export function TwinsNote({ trace, found = {} }: Props) {
  const { twins = [], several = [], errors = [] } = found
  if (twins.length + several.length + errors.length === 0) return null
  const other = LENS_NAMES[trace.spans.length > 0 ? 'xray' : 'honeycomb']
  return (
    <div class="note trace-note small">
      {twins.map((twin) => (
        <p key={twin.row.traceId}>
          <b>{other} has a request that looks like this one, under another trace id.</b> {evidenceOf(twin)}{' '}
          <a href={hrefOf(`trace/${twin.row.traceId}`)}>Open it</a>
        </p>
      ))}
      {twins.length === 0 && several.length > 0 && <Several rows={several} other={other} />}
      {twins.length + several.length > 0 && (
        <FurtherText name="Why, and how to make it one">
          <TwoIds {...twins[0]} />
        </FurtherText>
      )}
      {errors.length > 0 && <Errors found={errors} />}
    </div>
  )
}

function Several({ rows, other }: { readonly rows: readonly RequestRow[]; readonly other: string }) {
  return (
    <p>
      <b>Several requests at {other} look like this one, under other trace ids.</b> Their times are too close
      to say which it is:{' '}
      {rows.map(({ traceId, startMs }, index) => (
        <>
          {index > 0 && ' · '}
          <a key={traceId} href={hrefOf(`trace/${traceId}`)}>
            {clock(startMs, { milliseconds: true })}
          </a>
        </>
      ))}
    </p>
  )
}

function Errors({ found }: { readonly found: readonly StrayOccurrence[] }) {
  return (
    <>
      <p>
        <b>
          Rollbar has {plural(found.length, 'error')} without a trace id that{' '}
          {found.length === 1 ? 'looks' : 'look'} like this request’s.
        </b>{' '}
        Method, path and second are the same
        {found.some(({ isSeveral }) => isSeveral) && ', as they are of another failed request'}:
      </p>
      <ul>
        {found.map(({ id, itemId, title }) => (
          <li key={id}>
            <a href={hrefOf(`errors/${itemId}`)}>{title.slice(0, MAX_TITLE) || `Item ${itemId}`}</a>
          </li>
        ))}
      </ul>
      <FurtherText name="Why it has none">
        <WithoutTrace />
      </FurtherText>
    </>
  )
}
