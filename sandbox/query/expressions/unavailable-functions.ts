const METRICS_ONLY = 'it is for metrics, and a question here is about spans and log records'

/** Documented functions that are left out, and why. */
export const UNAVAILABLE_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['INGEST_TIMESTAMP', 'the sandbox does not keep when an event arrived'],
  ['LAST', METRICS_ONLY],
  ['RATE', METRICS_ONLY],
  ['INCREASE', METRICS_ONLY],
  ['SUMMARIZE', METRICS_ONLY],
  ['RAW_METRIC', METRICS_ONLY],
])
