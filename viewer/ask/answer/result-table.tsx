import type { Signal } from '@preact/signals'
import { effect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ExampleTrace, QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import { count, duration, plural } from '../../shell/format.ts'
import { navigate } from '../../shell/router.ts'
import { narrowable, type OrderInput, withGroup, withOrder, withoutValue } from '../question.ts'
import { spanHref } from './example-traces.tsx'
import { DRAWN_GROUPS, type Group } from './groups.ts'
import { type Action, openMenu } from './menu.tsx'
import { Swatch } from './swatch.tsx'
import { formatValue, nameOfValue, type ShownCalculation } from './values.ts'

/** Rows that are shown at once. */
const PAGE = 100

interface Props {
  readonly question: QueryInput
  readonly answer: QueryAnswer
  readonly groups: readonly Group[]
  readonly calculations: readonly ShownCalculation[]
  /** Whether rows have a line in a chart. */
  readonly hasLines: boolean
  readonly highlighted: Signal<number>
  readonly onChange: (next: QueryInput) => void
  readonly onCompare: (group: Group) => void
}

/** A row for each group, with what can be done with it. */
export function ResultTable(props: Props) {
  const { question, groups, calculations, hasLines, highlighted } = props
  const [shown, setShown] = useState(PAGE)
  const body = useRef<HTMLTableSectionElement>(null)
  const breakdowns = question.breakdowns ?? []
  const order = currentOrder(question, calculations)

  // Rows are marked without rendering them again.
  useEffect(
    () =>
      effect(() => {
        body.current?.querySelector('.lit')?.classList.remove('lit')
        if (highlighted.value >= 0) body.current?.rows[highlighted.value]?.classList.add('lit')
      }),
    [highlighted],
  )
  const light = ({ target }: Event) => {
    const row = target instanceof Element ? target.closest('tr') : null
    highlighted.value = row && hasLines ? row.sectionRowIndex : -1
  }
  const dim = () => {
    highlighted.value = -1
  }
  const isOrderedBy = ({ op, column }: OrderInput) =>
    order?.column === (column ?? undefined) && order?.op === (op ?? undefined)
  const sortBy = (column: OrderInput, first: 'ascending' | 'descending') => {
    const other = order?.order === 'ascending' ? 'descending' : 'ascending'
    props.onChange(withOrder(question, { ...column, order: isOrderedBy(column) ? other : first }))
  }
  const head = (name: string, column: OrderInput, isNumber: boolean) => {
    const own = isOrderedBy(column) ? order?.order : undefined
    return (
      <th key={name} scope="col" class={isNumber ? 'number' : ''} aria-sort={own}>
        <button
          type="button"
          class="sort"
          title={`Order by ${name}`}
          onClick={() => sortBy(column, isNumber ? 'descending' : 'ascending')}
        >
          {own && isNumber && <SortMark order={own} />}
          {name}
          {own && !isNumber && <SortMark order={own} />}
        </button>
      </th>
    )
  }
  return (
    <section class="card results" aria-label="Results">
      <div class="table-box">
        <table class="result-table">
          <caption class="sr">{plural(groups.length, 'group')}</caption>
          <thead>
            <tr>
              {breakdowns.length === 0 && <th scope="col">Group</th>}
              {breakdowns.map((column) => head(column, { column }, false))}
              {calculations.map(({ name, op, column }) => head(name, { op, column }, true))}
              <th scope="col" class="number">
                Example
              </th>
            </tr>
          </thead>
          <tbody ref={body} onPointerOver={light} onFocusIn={light} onPointerLeave={dim} onFocusOut={dim}>
            {groups.slice(0, shown).map((group) => (
              <Row key={group.key} group={group} {...props} />
            ))}
          </tbody>
        </table>
      </div>
      {groups.length > shown && (
        <p class="line more">
          <button type="button" onClick={() => setShown(shown + PAGE)}>
            Show {count(Math.min(PAGE, groups.length - shown))} more
          </button>
          <span class="soft">
            {count(shown)} of {plural(groups.length, 'group')}
          </span>
        </p>
      )}
    </section>
  )
}

function SortMark({ order }: { readonly order: 'ascending' | 'descending' }) {
  return (
    <span aria-hidden="true" class="sort-mark">
      {order === 'ascending' ? '↑' : '↓'}
    </span>
  )
}

function Row({ group, ...props }: Props & { readonly group: Group }) {
  const { answer, calculations, hasLines } = props
  const result = answer.results[group.index] ?? {}
  const trace = answer.resultTraces[group.index] ?? null
  const isGrouped = group.values.length > 0
  const actions = actionsOf(group, props, trace)
  const button = (text: string) => (
    <button
      type="button"
      class="group-button"
      aria-haspopup="menu"
      aria-label={`${group.label}: actions`}
      onClick={(event) => openMenu(event.currentTarget, group.label, actions)}
    >
      {hasLines && group.index < DRAWN_GROUPS && <Swatch place={group.index} />}
      <span class="cut">{text}</span>
    </button>
  )
  return (
    <tr
      onClick={(event) => {
        const { target, currentTarget, clientX: x, clientY: y } = event
        if (!isGrouped || (target instanceof Element && target.closest('a, button'))) return
        if (String(getSelection() ?? '') !== '') return // Text is being selected.
        const anchor = currentTarget.querySelector('button')
        if (anchor) openMenu(anchor, group.label, actions, { x, y })
      }}
    >
      {!isGrouped && <td>{group.label}</td>}
      {group.values.map(([column, value], index) => (
        <td
          key={column}
          class={value === null ? 'soft' : ''}
          title={value === null ? `without ${column}` : String(value)}
        >
          {index === 0 ? button(nameOfValue(value)) : <span class="cut">{nameOfValue(value)}</span>}
        </td>
      ))}
      {calculations.map(({ name, unit }) => (
        <td key={name} class="number" title={String(result[name] ?? 'no value')}>
          {formatValue(result[name], unit)}
        </td>
      ))}
      <td class="number">
        {trace ? (
          <a href={spanHref(trace)}>
            <span class="sr">Example trace of {group.label}: </span>
            {trace.durationMs === null ? 'trace' : duration(trace.durationMs)}
          </a>
        ) : (
          <span class="soft">–</span>
        )}
      </td>
    </tr>
  )
}

function actionsOf(group: Group, props: Omit<Props, 'groups'>, trace: ExampleTrace | null): Action[] {
  const { question, answer, onChange, onCompare } = props
  const [column = '', value = null] = group.values[0] ?? []
  const { base, note } = narrowable(question)
  return [
    {
      name: `Filter to this${note}`,
      act: () => onChange(withGroup(base, answer.results[group.index] ?? {})),
    },
    // The filters of a question exclude values of one column, not groups of several.
    ...(group.values.length === 1
      ? [{ name: `Exclude this${note}`, act: () => onChange(withoutValue(base, column, value)) }]
      : group.values.map(([name, of]) => ({
          name: `Exclude ${name} ${nameOfValue(of)}${note}`,
          act: () => onChange(withoutValue(base, name, of)),
        }))),
    { name: 'Compare with the rest', act: () => onCompare(group) },
    ...(trace ? [{ name: 'Open its slowest trace', act: () => navigate(spanHref(trace)) }] : []),
  ]
}

/** What the rows are ordered by: the question's first order, else the first calculation. */
function currentOrder(question: QueryInput, calculations: readonly ShownCalculation[]) {
  const [given] = question.orders ?? []
  if (given) {
    return {
      op: given.op ?? undefined,
      column: given.column ?? undefined,
      order: given.order ?? ('ascending' as const),
    }
  }
  const [first] = calculations
  return first && { op: first.op, column: first.column, order: 'descending' as const }
}
