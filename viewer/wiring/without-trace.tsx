import { hrefOfHelp } from '../help/links-to-help.ts'

/** Why an error names no trace, and how to make it name one. */
export function WithoutTrace() {
  return (
    <>
      <p>
        <b>Why.</b> Rollbar’s libraries do not know the trace ids of OpenTelemetry and X-Ray, so an item has
        none unless the app adds it. An error outside a request has none either.
      </p>
      <p>
        <b>Add it.</b> Send the active span’s trace id with the item, as <code>custom.trace_id</code> (32 hex
        digits, or X-Ray’s form). With <code>custom.span_id</code> the item is shown at its span. With
        pyrollbar: a payload handler.
      </p>
      <p>
        <a href={hrefOfHelp('two-rows', 'an-item-without-a-trace')}>An item without a trace: all steps</a>
      </p>
    </>
  )
}
