import { useState } from 'preact/hooks'
import { clock, duration, plural } from '../../analysis/format.ts'
import { recordedRange } from '../../analysis/trace/axis.ts'
import { traceName } from '../../analysis/trace/trace-name.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { copy } from '../shell/browser.ts'
import { hrefOf, path, query } from '../shell/router.ts'
import { CompareMenu } from './compare-menu.tsx'
import { CopyText } from './copy-text.tsx'
import { wayBack } from './way-back.ts'

/** The request's name, status and time, and its trace id in each provider's notation. */
export function TraceHead({ trace }: { readonly trace: TraceLenses }) {
  const back = wayBack()
  const root = trace.spans.find(({ parentId }) => parentId === '') ?? trace.spans[0]
  const segment = trace.segments.find(({ parentId }) => parentId === '') ?? trace.segments[0]
  const name = traceName(trace) ?? 'A request that was not sampled'
  const status = statusOf(root?.attributes['http.response.status_code']) ?? segmentStatus(segment?.fields)
  const { fromMs, toMs } = recordedRange(trace.spans, trace.segments) ?? { fromMs: 0, toMs: 0 }
  const services = new Set([
    ...trace.spans.map(({ service }) => service),
    ...trace.segments.flatMap(({ name: own, isSubsegment }) => (isSubsegment ? [] : own)),
  ])
  return (
    <header class="trace-head">
      <h1 title={name.slice(0, 1_000)}>
        <a class="back" href={back.href} aria-label={back.name} title={back.name}>
          ←
        </a>
        <span class="cut">{name.slice(0, 200)}</span>
        {status && <b class={`status s${String(status)[0]}`}>{status}</b>}
        {trace.pruned && <em class="tag">partly pruned</em>}
      </h1>
      <div class="line trace-facts">
        <span>{clock(trace.originMs, { milliseconds: true })}</span>
        <span>{duration(toMs - fromMs)}</span>
        <span title={[...services].slice(0, 50).join(', ')}>{plural(services.size, 'service')}</span>
        <CopyText label="Trace id, as Honeycomb writes it" text={trace.traceId} />
        <CopyText label="Trace id, as X-Ray writes it" text={trace.xrayTraceId} />
        <ShareLink originMs={trace.originMs} />
        <CompareMenu traceId={trace.traceId} />
      </div>
    </header>
  )
}

/** Copies a link with `?at=`, the trace's time, so that the page can show it even after the trace has been deleted. */
function ShareLink({ originMs }: { readonly originMs: number }) {
  const [result, setResult] = useState('Copy link')
  const link = () => {
    const params = new URLSearchParams(query.value)
    params.set('at', String(Math.round(originMs)))
    return new URL(hrefOf(path.value, params.toString()), location.href).href
  }
  return (
    <button
      type="button"
      class="link"
      onClick={() => copy(link()).then((isDone) => setResult(isDone ? 'Copied' : 'Copy the address'))}
    >
      {result}
    </button>
  )
}

function segmentStatus(fields: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const http = fields?.http as { response?: { status?: unknown } } | undefined
  return statusOf(http?.response?.status)
}

function statusOf(value: unknown): number | undefined {
  const status = Number(value)
  return Number.isInteger(status) && status > 0 ? status : undefined
}
