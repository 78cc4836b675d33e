import { hrefOfHelp } from '../help/links-to-help.ts'

/** Why one request has two rows, and how to make it one. */
export function TwoIds() {
  return (
    <>
      <p>
        <b>Why.</b> Two libraries in the app each make a trace id: OpenTelemetry’s goes to Honeycomb, that of
        X-Ray’s SDK to X-Ray. Neither knows the other’s.
      </p>
      <p>
        <b>Make it one.</b> Let OpenTelemetry make the id, in X-Ray’s form, and send X-Ray OpenTelemetry’s
        spans instead of those of its SDK. Then both providers have one id.
      </p>
      <p>
        <a href={hrefOfHelp('two-rows', 'make-it-one')}>Two rows for one request: all steps</a>
      </p>
    </>
  )
}
