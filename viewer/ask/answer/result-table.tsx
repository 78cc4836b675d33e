import type { Signal } from '@preact/signals'
import { Fragment } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { count, duration, plural } from '../../../analysis/format.ts'
import type { Group } from '../../../analysis/questions/groups.ts'
import { DRAWN_GROUPS } from '../../../analysis/questions/lines.ts'
import {
  narrowable,
  type OrderInput,
  withGroup,
  withOrder,
  withoutValue,
} from '../../../analysis/questions/question.ts'
import {
  formatValue,
  isWeighted,
  nameOfValue,
  type ShownCalculation,
  type ShownOrder,
  shownOrder,
} from '../../../analysis/questions/values.ts'
import type { ColumnValue, ExampleTrace, QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import { Swatch } from '../../charts/swatch.tsx'
import { useLitRows } from '../../charts/use-lit-rows.ts'
import { useMedia } from '../../shell/browser.ts'
import { type Action, openMenu } from '../../shell/menu.tsx'
import { hrefOfSpan, navigate } from '../../shell/router.ts'
import { shortTexts } from './short-texts.ts'

/** Rows that are shown at once. */
const PAGE = 100
const NARROW = '(max-width: 45rem)'
const WEIGHTED = '. An event counts as often as its sample rate'

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
  const breakdowns = question.breakdowns ?? []
  const order = shownOrder(question, calculations)
  const isNarrow = useMedia(NARROW)
  const texts = useMemo(() => {
    const values = groups.flatMap((group) => group.values.map(([, value]) => nameOfValue(value)))
    return shortTexts(values)
  }, [groups])

  const { body, light, dim } = useLitRows(highlighted, hasLines)
  const sortBy = (name: string, term: OrderInput, first: ShownOrder['order']) => {
    const other = order?.order === 'ascending' ? 'descending' : 'ascending'
    props.onChange(withOrder(question, { ...term, order: order?.name === name ? other : first }))
  }
  const sortButton = (name: string, term: OrderInput, first: ShownOrder['order'], note = '') => {
    const mark = order?.name === name && <SortMark order={order.order} />
    const isNumber = first === 'descending'
    return (
      <button
        type="button"
        class="sort"
        title={`Order by ${name}${note}`}
        onClick={() => sortBy(name, term, first)}
      >
        {isNumber && mark}
        <Breakable name={name} />
        {!isNumber && mark}
      </button>
    )
  }
  const ariaSort = (...names: readonly string[]) =>
    order && names.includes(order.name) ? order.order : undefined
  const columnHeads = breakdowns.map((column) => sortButton(column, { column }, 'ascending'))
  return (
    <section class="card results" aria-label="Results">
      <div class="table-box">
        <table class="result-table">
          <caption class="sr">{plural(groups.length, 'group')}</caption>
          <thead>
            <tr>
              {breakdowns.length === 0 && <th scope="col">Group</th>}
              {isNarrow && breakdowns.length > 0 ? (
                <th scope="col" aria-sort={ariaSort(...breakdowns)}>
                  {columnHeads}
                </th>
              ) : (
                breakdowns.map((column, index) => (
                  <th key={column} scope="col" aria-sort={ariaSort(column)}>
                    {columnHeads[index]}
                  </th>
                ))
              )}
              {calculations.map(({ name, op, term }) => (
                <th key={name} scope="col" class="number" aria-sort={ariaSort(name)}>
                  {sortButton(name, term, 'descending', isWeighted({ op }) ? WEIGHTED : '')}
                </th>
              ))}
              <th scope="col" class="number">
                Example
              </th>
            </tr>
          </thead>
          <tbody ref={body} onPointerOver={light} onFocusIn={light} onPointerLeave={dim} onFocusOut={dim}>
            {groups.slice(0, shown).map((group) => (
              <Row key={group.key} {...props} {...{ group, texts, isNarrow }} />
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

/** A name that can be cut into lines where one of its parts ends. */
function Breakable({ name }: { readonly name: string }) {
  return (
    <span>
      {name.split(/(?<=[(_.])/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  )
}

function SortMark({ order }: { readonly order: 'ascending' | 'descending' }) {
  return (
    <span aria-hidden="true" class="sort-mark">
      {order === 'ascending' ? '↑' : '↓'}
    </span>
  )
}

interface RowProps extends Props {
  readonly group: Group
  /** Long values, shortened. */
  readonly texts: ReadonlyMap<string, string>
  /** All values in one cell, so that the numbers have room. */
  readonly isNarrow: boolean
}

function Row({ group, texts, isNarrow, ...props }: RowProps) {
  const { answer, calculations, hasLines } = props
  const result = answer.results[group.index] ?? {}
  const trace = answer.resultTraces[group.index] ?? null
  const isGrouped = group.values.length > 0
  const actions = actionsOf(group, props, trace)
  const shown = (value: ColumnValue | null) => texts.get(nameOfValue(value)) ?? nameOfValue(value)
  const button = (text: string) => (
    <button
      type="button"
      class="group-button"
      aria-haspopup="menu"
      aria-label={`${group.label}: actions`}
      title={group.label}
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
      {isNarrow && isGrouped ? (
        <td>{button(group.values.map(([, value]) => shown(value)).join(' · '))}</td>
      ) : (
        group.values.map(([column, value], index) => (
          <td
            key={column}
            class={value === null ? 'soft' : ''}
            title={value === null ? `without ${column}` : String(value)}
          >
            {index === 0 ? button(shown(value)) : <span class="cut">{shown(value)}</span>}
          </td>
        ))
      )}
      {calculations.map(({ name, unit }) => (
        <td key={name} class="number" title={String(result[name] ?? 'no value')}>
          {formatValue(result[name], unit)}
        </td>
      ))}
      <td class="number">
        {trace ? (
          <a href={hrefOfSpan(trace)}>
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
    ...(trace ? [{ name: 'Open its slowest trace', act: () => navigate(hrefOfSpan(trace)) }] : []),
  ]
}
