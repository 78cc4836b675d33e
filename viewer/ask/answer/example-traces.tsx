import { clock, duration } from '../../../analysis/format.ts'
import type { ExampleTrace } from '../../../contracts/sandbox/query.ts'
import { hrefOfSpan } from '../../shell/router.ts'

interface Props {
  readonly title: string
  readonly traces: readonly ExampleTrace[]
  /** Of the title. */
  readonly heading: 'h2' | 'h3'
}

export function ExampleTraces({ title, traces, heading: Heading }: Props) {
  if (traces.length === 0) return null
  const longest = Math.max(...traces.map(({ durationMs }) => durationMs ?? 0))
  return (
    <section class="examples" aria-label={title}>
      <Heading>{title}</Heading>
      <ul>
        {traces.map((trace) => (
          <li key={`${trace.traceId} ${trace.spanId}`}>
            <a class="example" href={hrefOfSpan(trace)}>
              <span class="soft">{clock(trace.atMs)}</span>
              <span class="cut" title={trace.name}>
                {trace.name || trace.traceId}
              </span>
              {trace.error && <b class="bad">error</b>}
              <i class="length" aria-hidden="true">
                <i style={{ width: `${longest > 0 ? ((trace.durationMs ?? 0) / longest) * 100 : 0}%` }} />
              </i>
              <span class="number">{trace.durationMs === null ? '–' : duration(trace.durationMs)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
