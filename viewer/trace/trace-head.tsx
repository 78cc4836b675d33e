import { useState } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { copy } from '../shell/browser.ts'
import { clock, duration } from '../shell/format.ts'
import { hrefOf, path, query } from '../shell/router.ts'
import type { Range } from './axis.ts'

/** The request's name, status and time, and its trace id in each provider's notation. */
export function TraceHead({ trace }: { readonly trace: TraceLenses; readonly range: Range }) {
  const root = trace.spans.find(({ parentId }) => parentId === '') ?? trace.spans[0]
  const segment = trace.segments.find(({ parentId }) => parentId === '') ?? trace.segments[0]
  const name = root?.name ?? segment?.name ?? 'A request that was not sampled'
  const status = statusOf(root?.attributes) ?? segmentStatus(segment?.fields)
  const starts = [...trace.spans, ...trace.segments].map(({ startMs }) => startMs)
  const ends = [
    ...trace.spans.map(({ endMs }) => endMs),
    ...trace.segments.map(({ endMs, startMs }) => endMs ?? startMs),
  ]
  const tookMs = starts.length > 0 ? greatest(ends) - least(starts) : 0
  const services = new Set([
    ...trace.spans.map(({ service }) => service),
    ...trace.segments.flatMap(({ name: own, isSubsegment }) => (isSubsegment ? [] : own)),
  ])
  return (
    <header class="trace-head">
      <h1 title={name.slice(0, 1_000)}>
        <a class="back" href={hrefOf('')} aria-label="All requests">
          ←
        </a>
        <span class="trace-name">{name.slice(0, 200)}</span>
        {status && <b class={`status s${String(status)[0]}`}>{status}</b>}
        {trace.pruned && <em class="tag">partly pruned</em>}
      </h1>
      <p class="trace-facts">
        <span>{clock(trace.originMs, { milliseconds: true })}</span>
        <span>{duration(tookMs)}</span>
        <span title={[...services].slice(0, 50).join(', ')}>
          {services.size} {services.size === 1 ? 'service' : 'services'}
        </span>
        <Id label="Trace id, as Honeycomb writes it" text={trace.traceId} />
        <Id label="Trace id, as X-Ray writes it" text={trace.xrayTraceId} />
        <ShareLink trace={trace} />
      </p>
    </header>
  )
}

function Id({ label, text }: { readonly label: string; readonly text: string }) {
  const [said, setSaid] = useState('')
  return (
    <button
      type="button"
      class="id"
      title={`${label}; click to copy`}
      onClick={() => copy(text).then((isDone) => setSaid(isDone ? 'copied' : 'select to copy'))}
    >
      <span class="sr">Copy the {label}: </span>
      {text}
      <span class="said" role="status">
        {said}
      </span>
    </button>
  )
}

/** A link that contains the time, which is shown even after the trace has been deleted. */
function ShareLink({ trace }: { readonly trace: TraceLenses }) {
  const [said, setSaid] = useState('')
  const link = () => {
    const params = new URLSearchParams(query.value)
    params.set('at', String(Math.round(trace.originMs)))
    return new URL(hrefOf(path.value, params.toString()), location.href).href
  }
  return (
    <button
      type="button"
      class="link"
      onClick={() => copy(link()).then((isDone) => setSaid(isDone ? 'Copied' : 'Copy the address'))}
    >
      {said || 'Copy link'}
    </button>
  )
}

function statusOf(attributes: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const status = Number(attributes?.['http.response.status_code'])
  return Number.isInteger(status) && status > 0 ? status : undefined
}

function segmentStatus(fields: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const http = fields?.http as { response?: { status?: unknown } } | undefined
  const status = http?.response?.status
  return typeof status === 'number' ? status : undefined
}

/** Without spreading ten thousand arguments into Math.max. */
function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
}

function least(values: readonly number[]): number {
  return values.reduce((most, value) => Math.min(most, value), Number.POSITIVE_INFINITY)
}
