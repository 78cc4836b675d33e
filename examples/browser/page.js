import { traced, tracedFetch } from './telemetry.js'

const output = document.getElementById('trace')

document.getElementById('request').addEventListener('click', () =>
  traced('click: send a request', async (span) => {
    output.value = span.spanContext().traceId
    await tracedFetch(span, location.href)
  }),
)

document.getElementById('error').addEventListener('click', () =>
  traced('click: throw an error', (span) => {
    output.value = span.spanContext().traceId
    throw new Error('an error of the page')
  }),
)
