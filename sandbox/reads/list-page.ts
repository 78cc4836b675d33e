import type { Answer } from '../http/answer.ts'
import type { TraceEntry } from '../store/traces.ts'
import { type Html, html } from './html.ts'
import { page } from './page.ts'

/** The traces, newest first; it reloads itself. `trace` is what a link to one begins with, `note` stands above them. */
export function listPage(traces: readonly TraceEntry[], trace: string, note: Html | string = ''): Answer {
  const body = html`<header><h1>Traces</h1><span class="soft">what the sandbox was sent</span></header>
${note}${traces.length === 0 ? EMPTY : table(traces, trace)}`
  return page('Sandbox', body, { reloads: true })
}

const EMPTY = html`<div class="empty"><p>No trace has arrived yet.</p>
<p>Run <code>npm run verify</code>: it sends two requests, and they appear here.</p></div>`

function table(traces: readonly TraceEntry[], base: string): Html {
  return html`<table><thead><tr><th>Time</th><th>Root</th><th>Services</th><th>Duration</th>
<th>Honeycomb</th><th>X-Ray</th><th>Rollbar</th></tr></thead><tbody>${traces.map(
    (
      trace,
    ) => html`<tr><td><time datetime="${trace.startedAt}">${trace.startedAt.slice(0, 19).replace('T', ' ')}</time></td>
<td><a href="${base}${trace.traceId}">${trace.rootName || trace.traceId}</a>${trace.error ? html` <span class="bad">error</span>` : ''}${trace.pruned ? html` <span class="soft">pruned</span>` : ''}</td>
<td>${trace.services.join(', ')}</td><td>${trace.durationMs.toFixed(1)} ms</td>
${[count(base, trace, 'honeycomb', trace.spans), count(base, trace, 'xray', trace.segments), count(base, trace, 'rollbar', trace.items)]}</tr>`,
  )}</tbody></table>`
}

function count(base: string, { traceId }: TraceEntry, lens: string, records: number): Html {
  return records === 0
    ? html`<td class="soft">–</td>`
    : html`<td><a href="${base}${traceId}#${lens}">${records}</a></td>`
}
