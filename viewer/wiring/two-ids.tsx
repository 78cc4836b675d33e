import { hrefOfHelp } from '../help/links-to-help.ts'

/** What OpenTelemetry's SDKs call a service without a name: `unknown_service:python`. */
const UNNAMED = /^unknown_service(:|$)/

interface Props {
  /** What Honeycomb calls the service, and X-Ray. */
  readonly service?: string | undefined
  readonly segmentName?: string | undefined
}

/** Why one request has two rows, and how to make it one. */
export function TwoIds({ service = '', segmentName = '' }: Props) {
  return (
    <>
      <p>
        <b>Why.</b> Two libraries in the app each make a trace id: OpenTelemetry’s goes to Honeycomb, that of
        X-Ray’s SDK to X-Ray. Neither knows the other’s.
      </p>
      <p>
        <b>Make it one.</b> Let OpenTelemetry make the id, in X-Ray’s form. Then give it to X-Ray’s SDK, or
        send OpenTelemetry’s spans to X-Ray as well.
      </p>
      {UNNAMED.test(service) && (
        <p>
          <b>Name the service.</b> <code>{service.slice(0, 60)}</code> means that OpenTelemetry has no name
          for it. Set <code>OTEL_SERVICE_NAME={segmentName.slice(0, 100)}</code>, as X-Ray has it, where the
          app starts.
        </p>
      )}
      <p>
        <a href={hrefOfHelp('two-rows', 'make-it-one')}>Two rows for one request: all steps</a>
      </p>
    </>
  )
}
