import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { clock, duration } from '../../analysis/format.ts'
import type { LensTree } from '../../analysis/trace/lens-tree.ts'
import { occurrenceView, recordOf } from '../../analysis/trace/occurrence.ts'
import { ERROR_SEVERITY, isSelected, type Selection } from '../../analysis/trace/rows.ts'
import { titleOf } from '../../analysis/trace/runs.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { ColumnValue } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, MAX_LISTED_VALUE_LENGTH } from '../../contracts/sandbox/query-words.ts'
import { LENS_NAMES, type Lens } from '../../contracts/trace-links.ts'
import { hrefOfQuestion } from '../ask/question-menus.tsx'
import { lensColour } from '../shell/providers.ts'
import { CopyText } from './copy-text.tsx'
import { type FieldList, Fields } from './fields.tsx'
import { began, timeFacts } from './record-times.ts'
import { Stack } from './stack.tsx'

interface Props {
  readonly trace: TraceLenses
  readonly trees: { readonly honeycomb: LensTree; readonly xray: LensTree }
  readonly selection: Selection
  readonly onClose: () => void
}

/** The selected span as each provider has it, with one search for all. */
export function Details({ trace, trees, selection, onClose }: Props) {
  const [search, setSearch] = useState('')
  const span = trace.spans.find(({ id }) => id === selection.id)
  const segment = trace.segments.find(({ id }) => id === selection.id)
  const occurrences = trace.occurrences.filter(({ spanId, uuid }) =>
    isSelected(selection, { id: spanId, key: uuid }),
  )
  const logs = trace.logs.filter(({ spanId }, index) =>
    isSelected(selection, { id: spanId, key: `log-${index}` }),
  )
  const row = trees.honeycomb.owners.get(selection.id) ?? trees.xray.owners.get(selection.id)
  const title = (row && titleOf(row)) || 'Selected'
  return (
    <aside class="card details" aria-label="Details of the selection">
      <header>
        <h2 class="cut" title={title.slice(0, 1_000)}>
          {title.slice(0, 200)}
        </h2>
        <button type="button" class="quiet" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <span class="sr">Close the details</span>
        </button>
      </header>
      {selection.id && (
        <p class="small">
          <CopyText label="trace id and span id" text={`${trace.traceId}/${selection.id}`} />
        </p>
      )}
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
        <Part lens="honeycomb" record="span">
          {span ? (
            <SpanFields record={span} trace={trace} tree={trees.honeycomb} search={search} />
          ) : (
            <p class="soft small">No span of this id.</p>
          )}
        </Part>
        <Part lens="xray" record={segment?.isSubsegment ? 'subsegment' : 'segment'}>
          {segment ? (
            <SegmentFields record={segment} trace={trace} tree={trees.xray} search={search} />
          ) : (
            <p class="soft small">No segment or subsegment of this id.</p>
          )}
        </Part>
        {occurrences.length > 0 && (
          <Part lens="rollbar" record="occurrence">
            {occurrences.map((occurrence) => {
              const view = occurrenceView(occurrence)
              return (
                <div key={occurrence.uuid}>
                  {!search && <Stack exceptions={view.exceptions} />}
                  <Fields
                    search={search}
                    fields={(['level', 'environment', 'uuid', 'custom', 'request'] as const)
                      .map((name) => [name, view[name]] as const)
                      .filter(([, value]) => value !== undefined && value !== null)}
                  />
                </div>
              )
            })}
          </Part>
        )}
        {logs.length > 0 && (
          <section class="part">
            <h3>
              Logs <span class="soft">by OTLP, in Honeycomb</span>
            </h3>
            {logs.slice(0, 100).map((log, index) => (
              <div key={index} class="log-part">
                <p class={log.severityNumber >= ERROR_SEVERITY ? 'log-line bad' : 'log-line'}>
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

interface PartProps {
  readonly lens: Lens
  readonly record: string
  readonly children: ComponentChildren
}

function Part({ lens, record, children }: PartProps) {
  return (
    <section class="part" style={lensColour(lens)}>
      <h3>
        {LENS_NAMES[lens]} <span class="soft">{record}</span>
      </h3>
      {children}
    </section>
  )
}

interface RecordProps<Record> {
  readonly record: Record
  readonly trace: TraceLenses
  readonly tree: LensTree
  readonly search: string
}

function SpanFields({ record: span, trace, tree, search }: RecordProps<LensSpan>) {
  const about: FieldList = [
    ['span id', span.id],
    ['parent', span.parentId || 'none: it is the root'],
    ['name', span.name],
    ['service', span.service],
    ['kind', span.kind.toLowerCase()],
    ['began', began(trace, span)],
    ['took', duration(span.endMs - span.startMs)],
    ...timeFacts(tree, span.id),
    ['status', [span.status.toLowerCase(), span.statusMessage].filter(Boolean).join(': ')],
    ...(span.scope ? [['instrumentation', span.scope] as const] : []),
    ...(span.dropped > 0 ? [['dropped by its limits', String(span.dropped)] as const] : []),
  ]
  return (
    <>
      <Fields fields={about} search={search} />
      <Group
        title="Attributes"
        fields={Object.entries(span.attributes)}
        search={search}
        hrefOfField={askHref}
      />
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
        hrefOfField={askHref}
        isFolded
      />
    </>
  )
}

/** The question about the events with this attribute. Long values are cut in columns, and lists are their JSON. */
function askHref(column: string, value: unknown): string | undefined {
  const isAskable =
    typeof value === 'string'
      ? value.length < MAX_LISTED_VALUE_LENGTH
      : /^(number|boolean)$/.test(typeof value)
  if (!isAskable) return undefined
  return hrefOfQuestion({
    dataset: ALL_DATASETS,
    question: { filters: [{ column, op: '=', value: value as ColumnValue }] },
  })
}

function SegmentFields({ record: segment, trace, tree, search }: RecordProps<LensSegment>) {
  const { annotations, metadata, ...others } = segment.fields
  const { id, parent_id: _, name, start_time: start, end_time: end, ...fields } = others
  const about: FieldList = [
    ['id', id],
    ['parent', segment.parentId || 'none: it is the root'],
    ['name', name],
    ['began', began(trace, segment)],
    ['took', segment.endMs === null ? 'in progress' : duration(segment.endMs - segment.startMs)],
    ...timeFacts(tree, segment.id),
    ['outcome', segment.outcome],
    ['start_time, end_time', `${String(start)}, ${String(end ?? '–')}`],
  ]
  return (
    <>
      <Fields fields={about} search={search} />
      <Group title="Annotations" fields={Object.entries(recordOf(annotations))} search={search} />
      <Group title="Fields" fields={Object.entries(fields)} search={search} />
      <Group title="Metadata" fields={Object.entries(recordOf(metadata))} search={search} isFolded />
    </>
  )
}

interface GroupProps {
  readonly title: string
  readonly fields: FieldList
  readonly search: string
  readonly isFolded?: boolean
  readonly hrefOfField?: typeof askHref
}

function Group({ title, fields, search, hrefOfField, isFolded = false }: GroupProps) {
  if (fields.length === 0) return null
  return (
    <details open={!isFolded || search !== ''}>
      <summary>{title}</summary>
      <Fields fields={fields} search={search} hrefOfField={hrefOfField} />
    </details>
  )
}
