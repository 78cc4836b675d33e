import { clock, plural } from '../../analysis/format.ts'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { Wiring } from '../../contracts/sandbox/wiring.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { hrefOfHelp } from '../help/links-to-help.ts'
import { useRead } from '../shell/api.ts'

const REFRESH_MS = 30_000
const MAX_SHOWN = 8

/** Services whose requests only one of Honeycomb and X-Ray receives, while it stands in for both. */
export function OneSided({ view }: { readonly view: ProvidersRead }) {
  const isLocal = view.honeycomb.mode === 'local' && view.xray.mode === 'local'
  const { value } = useRead<Wiring>(isLocal ? 'sandbox/wiring' : undefined, REFRESH_MS)
  if (!isLocal || !value) return null
  const { oneSided, rows, requests } = value
  if (oneSided.length === 0 && rows === 0) return null
  return (
    <section class="card" aria-labelledby="wiring-title">
      <h2 id="wiring-title">Wiring</h2>
      <ul class="wiring">
        {rows > 0 && (
          <li>
            <b>
              {plural(rows, 'row')} {rows === 1 ? 'looks' : 'look'} like {plural(requests, 'request')}
            </b>{' '}
            that Honeycomb and X-Ray have under different trace ids.{' '}
            <a href={hrefOfHelp('two-rows', 'make-it-one')}>Why, and how to make it one</a>
          </li>
        )}
        {oneSided.slice(0, MAX_SHOWN).map(({ service, only, requests: all, isSoFar, sinceMs }) => (
          <li key={service}>
            <b>{service.slice(0, 100)}</b> sends to {LENS_NAMES[only]} only
            {sinceMs !== null && ` since ${clock(sinceMs)}, when a request was at both`}
            {isSoFar && ' so far'}: {plural(all, 'request')}, none of them at{' '}
            {LENS_NAMES[only === 'xray' ? 'honeycomb' : 'xray']}.{' '}
            <span class="soft">
              {service.startsWith('unknown_service') &&
                'OpenTelemetry has no name for it: OTEL_SERVICE_NAME is not set, so X-Ray may have it under another name. '}
              {only === 'honeycomb'
                ? 'It has no exporter for X-Ray, X-Ray’s sampler keeps none of its requests, or X-Ray answers with errors: see HTTP errors.'
                : 'It has no exporter for Honeycomb, or its spans are rejected: see HTTP errors.'}
            </span>
          </li>
        ))}
      </ul>
      {oneSided.length > 0 && (
        <p class="small">
          {oneSided.length > MAX_SHOWN && `And ${oneSided.length - MAX_SHOWN} more services. `}
          <a href={hrefOfHelp('two-rows', 'a-service-that-sends-to-one-provider')}>
            A service that sends to one provider: what to do
          </a>
        </p>
      )}
    </section>
  )
}
