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
        <b>Add it.</b> Send the active span’s ids with the item, as <code>custom.trace_id</code> and{' '}
        <code>custom.span_id</code> (32 and 16 hex digits). With pyrollbar: a payload handler.
      </p>
      <p>
        <a href={hrefOfHelp('two-rows', 'an-item-without-a-trace')}>An item without a trace: all steps</a>
      </p>
    </>
  )
}
