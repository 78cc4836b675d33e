import { useState } from 'preact/hooks'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { clock, duration } from '../shell/format.ts'
import { type FieldList, Fields } from './fields.tsx'
import { occurrenceView } from './occurrence.ts'
import { Stack } from './stack.tsx'

interface Props {
  readonly trace: TraceLenses
  readonly id: string
  readonly selectedKey: string
  readonly onClose: () => void
}

/** The selected span as each provider has it, with one search for all. */
export function Details({ trace, id, selectedKey, onClose }: Props) {
  const [search, setSearch] = useState('')
  const span = trace.spans.find((one) => one.id === id)
  const segment = trace.segments.find((one) => one.id === id)
  const occurrences = trace.occurrences.filter(
    ({ spanId, uuid }) => (id !== '' && spanId === id) || uuid === selectedKey,
  )
  const logs = trace.logs.filter(
    (log, index) => (id !== '' && log.spanId === id) || selectedKey === `log-${index}`,
  )
  const title = span?.name || segment?.name || 'Selected'
  return (
    <aside class="details" aria-label="Details of the selection">
      <header>
        <h2 title={title.slice(0, 1_000)}>{title.slice(0, 200)}</h2>
        <button type="button" class="quiet" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <span class="sr">Close the details</span>
        </button>
      </header>
      <label class="search">
        <span class="sr">Search attributes, annotations and metadata</span>
        <input
          type="search"
          placeholder="Search attributes, annotations, metadata"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      </label>
      <div class="details-body">
        <section class="part part-honeycomb">
          <h3>
            Honeycomb <span class="soft">span</span>
          </h3>
          {span ? (
            <SpanFields span={span} trace={trace} search={search} />
          ) : (
            <p class="soft small">No span of this id.</p>
          )}
        </section>
        <section class="part part-xray">
          <h3>
            X-Ray <span class="soft">{segment?.isSubsegment ? 'subsegment' : 'segment'}</span>
          </h3>
          {segment ? (
            <SegmentFields segment={segment} trace={trace} search={search} />
          ) : (
            <p class="soft small">No segment or subsegment of this id.</p>
          )}
        </section>
        {occurrences.length > 0 && (
          <section class="part part-rollbar">
            <h3>
              Rollbar <span class="soft">occurrence</span>
            </h3>
            {occurrences.map((occurrence) => {
              const view = occurrenceView(occurrence)
              return (
                <div key={occurrence.uuid}>
                  {!search && <Stack exceptions={view.exceptions} />}
                  <Fields
                    search={search}
                    fields={
                      [
                        ['level', view.level],
                        ['environment', view.environment],
                        ['uuid', view.uuid],
                        ['custom', view.custom],
                        ['request', view.request],
                      ].filter(([, value]) => value !== undefined && value !== null) as unknown as FieldList
                    }
                  />
                </div>
              )
            })}
          </section>
        )}
        {logs.length > 0 && (
          <section class="part">
            <h3>
              Logs <span class="soft">by OTLP, in Honeycomb</span>
            </h3>
            {logs.slice(0, 100).map((log, index) => (
              <div key={index} class="log-part">
                <p class={log.severityNumber >= 17 ? 'log-line bad' : 'log-line'}>
                  <span class="soft">
                    {clock(trace.originMs + log.atMs, { milliseconds: true })} {log.severity}
                  </span>{' '}
                  {typeof log.body === 'string' ? log.body.slice(0, 2_000) : JSON.stringify(log.body)}
                </p>
                <Fields search={search} fields={Object.entries(log.attributes)} />
              </div>
            ))}
          </section>
        )}
      </div>
    </aside>
  )
}

function SpanFields({
  span,
  trace,
  search,
}: {
  readonly span: LensSpan
  readonly trace: TraceLenses
  readonly search: string
}) {
  const about: FieldList = [
    ['span id', span.id],
    ['parent', span.parentId || 'none: it is the root'],
    ['service', span.service],
    ['kind', span.kind.toLowerCase()],
    ['began', `${clock(trace.originMs + span.startMs, { milliseconds: true })} (+${duration(span.startMs)})`],
    ['took', duration(span.endMs - span.startMs)],
    ['status', [span.status.toLowerCase(), span.statusMessage].filter(Boolean).join(': ')],
    ...(span.scope ? [['instrumentation', span.scope] as const] : []),
    ...(span.dropped > 0 ? [['dropped by its limits', String(span.dropped)] as const] : []),
  ]
  return (
    <>
      <Fields fields={about} search={search} />
      <Group title="Attributes" fields={Object.entries(span.attributes)} search={search} />
      {span.events.map((event, index) => (
        <Group
          key={index}
          title={`Event: ${event.name.slice(0, 100)} (+${duration(event.atMs)})`}
          fields={Object.entries(event.attributes)}
          search={search}
        />
      ))}
      {span.links.length > 0 && (
        <Group title="Links" fields={span.links.map((link) => [link.spanId, link.traceId])} search={search} />
      )}
      <Group
        title="Resource"
        fields={Object.entries(trace.resources[span.resource] ?? {})}
        search={search}
        isFolded
      />
    </>
  )
}

function SegmentFields({
  segment,
  trace,
  search,
}: {
  readonly segment: LensSegment
  readonly trace: TraceLenses
  readonly search: string
}) {
  const {
    annotations,
    metadata,
    id,
    parent_id: _,
    name,
    start_time: start,
    end_time: end,
    ...rest
  } = segment.fields
  const entries = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  const about: FieldList = [
    ['id', id],
    ['parent', segment.parentId || 'none: it is the root'],
    ['name', name],
    [
      'began',
      `${clock(trace.originMs + segment.startMs, { milliseconds: true })} (+${duration(segment.startMs)})`,
    ],
    ['took', segment.endMs === null ? 'in progress' : duration(segment.endMs - segment.startMs)],
    ['outcome', segment.outcome],
    ['start_time, end_time', `${String(start)}, ${String(end ?? '–')}`],
  ]
  return (
    <>
      <Fields fields={about} search={search} />
      <Group title="Annotations" fields={entries(annotations)} search={search} />
      <Group title="Fields" fields={Object.entries(rest)} search={search} />
      <Group title="Metadata" fields={entries(metadata)} search={search} isFolded />
    </>
  )
}

interface GroupProps {
  readonly title: string
  readonly fields: FieldList
  readonly search: string
  readonly isFolded?: boolean
}

function Group({ title, fields, search, isFolded = false }: GroupProps) {
  if (fields.length === 0) return null
  return (
    <details open={!isFolded || search !== ''}>
      <summary>{title}</summary>
      <Fields fields={fields} search={search} />
    </details>
  )
}
