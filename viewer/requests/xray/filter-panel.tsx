import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { FilterIssue, FilterTerms } from '../../../contracts/sandbox/xray-filter.ts'
import { xrayFilterUrl } from '../../../contracts/trace-links.ts'
import { useRead } from '../../shell/api.ts'
import { Combobox, type Suggestions } from '../../shell/combobox.tsx'
import { Choice } from '../../shell/filter-form.tsx'
import { providers } from '../../shell/providers.ts'
import { query } from '../../shell/router.ts'
import { setFilters } from '../filters/set-filters.ts'
import { completeXRayFilter } from './completion.ts'
import { focusesField, PANEL_ID } from './filter-toggle.tsx'
import { withGroupTerm } from './range.ts'
import { ResponseTimeChart } from './response-time-chart.tsx'
import { tokensOf } from './tokens.ts'
import { useExpression } from './use-expression.ts'

const DOCUMENTATION = 'https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html'
const HELP_ID = 'xray-filter-help'
const ISSUE_ID = 'xray-filter-issue'

/** X-Ray's way to ask for requests: a group, a filter expression, and the response times of what they find. */
export function FilterPanel({ newest }: { readonly newest: string }) {
  const { value: terms, reload } = useRead<FilterTerms>('sandbox/xray/terms')
  const group = query.value.get('group') ?? ''
  const groups = terms?.groups ?? []
  const names = new Set([...(group ? [group] : []), ...groups.map(({ name }) => name)])
  const groupFilter = groups.find(({ name }) => name === group)?.filter
  return (
    <section class="xray-filter" id={PANEL_ID} aria-label="X-Ray filter">
      <div class="xray-ask">
        <Choice
          name="X-Ray group"
          value={group}
          onPick={(name) => setFilters({ group: name })}
          options={[['', 'Any group'], ...[...names].map((name) => [name, `Group: ${name}`] as const)]}
        />
        <ExpressionField terms={terms} onFocus={reload} />
        {groupFilter && (
          <p class="soft small xray-group">
            The group has the traces that match <code>{groupFilter}</code>
          </p>
        )}
        <ConsoleLink />
      </div>
      <ResponseTimeChart newest={newest} />
    </section>
  )
}

interface FieldProps {
  readonly terms: FilterTerms | undefined
  readonly onFocus: () => void
}

function ExpressionField({ terms, onFocus }: FieldProps) {
  const place = useRef<HTMLDivElement>(null)
  const field = () => place.current?.querySelector('input')
  const expression = useExpression()
  const { typed, setTyped, issue } = expression
  const [at, setAt] = useState(typed.length)
  // Before the next key: it belongs to the field.
  useLayoutEffect(() => {
    if (!focusesField.value) return
    focusesField.value = false
    field()?.focus()
  }, [focusesField.value])

  const isIncomplete = issue?.code === 'unfinished' && !expression.isFinal
  const isWrong = issue !== undefined && !isIncomplete
  return (
    <div ref={place} class="xray-expression" onFocusIn={onFocus}>
      <Combobox
        label="X-Ray filter expression"
        text={typed}
        suggestions={suggestionsFor(typed, at, terms)}
        onText={(text, cursor) => {
          setTyped(text)
          setAt(cursor)
        }}
        onCursor={setAt}
        onAccept={({ text, cursor = text.length }) => {
          setTyped(text)
          setAt(cursor)
        }}
        onEnter={expression.finish}
        onEscape={() => {
          field()?.blur()
          return true
        }}
        onBlur={expression.finish}
        placeholder={'responsetime > 0.5 AND service("…") { fault }'}
        describedBy={issue ? `${ISSUE_ID} ${HELP_ID}` : HELP_ID}
        isInvalid={isWrong}
      />
      {isWrong && <Issue text={typed} issue={issue} />}
      {isIncomplete && (
        <p class="soft small" id={ISSUE_ID}>
          Incomplete: {issue.message}.
        </p>
      )}
      {expression.trouble && (
        <p class="small bad" role="alert">
          {expression.trouble}
        </p>
      )}
      <p class="soft small" id={HELP_ID}>
        Try{' '}
        {examplesFrom(terms).map((example) => (
          <>
            <button
              type="button"
              class="link mono"
              onClick={() => {
                setTyped(example)
                setAt(example.length)
                field()?.focus()
              }}
            >
              {example}
            </button>
            {', '}
          </>
        ))}
        or read{' '}
        <a href={DOCUMENTATION} target="_blank" rel="noreferrer">
          X-Ray’s guide to filter expressions
        </a>
        .
      </p>
    </div>
  )
}

function suggestionsFor(text: string, at: number, terms: FilterTerms | undefined): Suggestions {
  const { from, to, options } = completeXRayFilter(text, at, terms)
  return {
    items: options.map(({ label, insert, note }) => ({
      text: text.slice(0, from) + insert + text.slice(to),
      cursor: from + insert.length,
      label,
      ...(note && { note }),
    })),
    selectsFirst: from < at,
  }
}

/** What is wrong and where. */
function Issue({
  text,
  issue: { message, position },
}: {
  readonly text: string
  readonly issue: FilterIssue
}) {
  const token = tokensOf(text.slice(position))[0]
  const end = token?.from === 0 ? position + token.to : position + 1
  const before = text.slice(0, position)
  return (
    <div class="xray-issue small" id={ISSUE_ID} role="alert">
      <p>
        Not applied: {message}
        {before.trim() !== '' && ` after “${before.trim().slice(-40)}”`}. The list is unchanged.
      </p>
      <p class="mono" aria-hidden="true">
        {before.slice(-60)}
        <mark>{text.slice(position, end) || ' '}</mark>
        {text.slice(end, end + 60)}
      </p>
    </div>
  )
}

function examplesFrom(terms: FilterTerms | undefined): string[] {
  const [service] = terms?.services ?? []
  const annotation = terms?.annotations.find(({ key, values }) => /^\w+$/.test(key) && values.length > 1)
  const [value] = annotation?.values ?? []
  return [
    'responsetime > 0.1',
    service ? `service("${service.name}") { fault }` : 'service() { fault }',
    ...(typeof value === 'string' && /^[\w /:.-]{1,30}$/.test(value)
      ? [`annotation.${annotation?.key} = "${value}"`]
      : []),
  ]
}

/** Where X-Ray is live, the traces are at AWS, and its console has them. */
function ConsoleLink() {
  const xray = providers.value?.xray
  if (!xray || xray.mode === 'local') return null
  if (xray.mode === 'off')
    return <p class="soft small">X-Ray is switched off: new requests have no segments.</p>
  const { filter = '', group = '', since, until } = Object.fromEntries(query.value)
  const time = since && until ? { startMs: Number(since), endMs: Number(until) } : undefined
  return (
    <p class="soft small">
      X-Ray is live: its segments are at AWS, so the list here finds none of them.{' '}
      <a
        href={xrayFilterUrl(xray.region, withGroupTerm(filter, group), time)}
        target="_blank"
        rel="noreferrer"
      >
        Open in the X-Ray console
      </a>
    </p>
  )
}
