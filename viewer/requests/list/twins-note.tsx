import { clock, count, plural } from '../../../analysis/format.ts'
import type { Twins, Wiring } from '../../../contracts/sandbox/wiring.ts'
import { LENS_NAMES } from '../../../contracts/trace-links.ts'
import { FurtherText } from '../../shell/further-text.tsx'
import { hrefOf } from '../../shell/router.ts'
import { TwoIds } from '../../wiring/two-ids.tsx'
import { useWiring } from '../../wiring/use-wiring.ts'
import { hide, isHidden } from './hidden-note.ts'

const MAX_NAME = 80

interface Props {
  /** A request in the list is missing at a provider. */
  readonly hasMissing: boolean
  readonly news: string
}

/** Says above the list that rows look like the same requests under two ids, which ones, why, and how to make them one. */
export function TwinsNote({ hasMissing, news }: Props) {
  const wiring = useWiring(hasMissing, news)
  if (!hasMissing || !wiring || wiring.rows + wiring.several === 0) return null
  const services = [...new Set(wiring.examples.map(({ service }) => service))]
  if (isHidden(services)) return null
  const unnamed = wiring.examples.find(({ service }) => service.startsWith('unknown_service'))
  return (
    <section class="twins-note small" aria-label="Rows that look like one request">
      <p>
        <b>{headline(wiring)}</b> <span class="soft">{detail(wiring)}</span>
        {services.length > 0 && (
          <>
            {' '}
            <button
              type="button"
              class="link"
              title="For these services, in this browser. Providers still says it."
              onClick={() => hide(services)}
            >
              Hide
            </button>
          </>
        )}
      </p>
      <FurtherText name="Which, and why?">
        <TwoIds {...(unnamed ?? wiring.examples[0])} />
        {wiring.examples.length > 0 && <Examples twins={wiring.examples} />}
        {wiring.several > 0 && (
          <p class="soft">
            {plural(wiring.several, 'row')} fit more than one other row, as when like requests run at the same
            time. The sandbox does not guess which belong together.
          </p>
        )}
      </FurtherText>
    </section>
  )
}

function headline({ rows, requests, several }: Wiring): string {
  if (rows === 0) return `${plural(several, 'request')} may be in the list twice.`
  return `${plural(rows, 'row')} ${rows === 1 ? 'looks' : 'look'} like ${plural(requests, 'request')}.`
}

function detail({ compared, isAll }: Wiring): string {
  const what = 'Honeycomb and X-Ray have each under another trace id.'
  return isAll ? what : `${what} Compared: the newest ${count(compared)} that only one of them has.`
}

function Examples({ twins }: { readonly twins: readonly Twins[] }) {
  return (
    <ul>
      {twins.map(({ honeycomb, xray, startMs, request, service }) => (
        <li key={honeycomb + xray}>
          <span>
            {clock(startMs, { milliseconds: true })} <b>{request.slice(0, MAX_NAME)}</b>{' '}
            <span class="soft">{service.slice(0, MAX_NAME)}</span>
          </span>{' '}
          <a href={hrefOf(`trace/${honeycomb}`, '', 'honeycomb')}>at {LENS_NAMES.honeycomb}</a> ·{' '}
          <a href={hrefOf(`trace/${xray}`, '', 'xray')}>at {LENS_NAMES.xray}</a>
        </li>
      ))}
    </ul>
  )
}
