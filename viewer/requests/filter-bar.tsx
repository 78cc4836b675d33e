import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { clock, duration } from '../shell/format.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { type FilterName, filterQuery, withFilters } from './filters.ts'

const TYPING_MS = 200

const STATUS = [
  ['', 'Any status'],
  ['error', 'With an error'],
  ['ok', 'Without'],
  ['2xx', '2xx'],
  ['4xx', '4xx'],
  ['5xx', '5xx'],
] as const
const SLOWER = [
  ['', 'Any duration'],
  ['10', 'over 10 ms'],
  ['50', 'over 50 ms'],
  ['100', 'over 100 ms'],
  ['500', 'over 500 ms'],
  ['1000', 'over 1 s'],
] as const
const PROVIDER = [
  ['', 'Any provider'],
  ['has=honeycomb', 'Honeycomb has it'],
  ['has=xray', 'X-Ray has it'],
  ['has=rollbar', 'Rollbar has it'],
  ['lacks=honeycomb', 'Honeycomb has not'],
  ['lacks=xray', 'X-Ray has not'],
  ['lacks=rollbar', 'Rollbar has not'],
] as const

interface Props {
  readonly rows: readonly RequestRow[]
  readonly search: RefObject<HTMLInputElement | null>
}

/** The list's filters. They are in the page's address, so that links keep them. */
export function FilterBar({ rows, search }: Props) {
  const now = query.value
  const text = now.get('text') ?? ''
  const [typed, setTyped] = useState(text)
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed === text) return
    const timer = setTimeout(() => set({ text: typed }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, text])

  const provider = ['has', 'lacks'].flatMap((name) => (now.get(name) ? [`${name}=${now.get(name)}`] : []))[0]
  const min = now.get('min') ?? ''
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter the requests"
      onSubmit={(event) => event.preventDefault()}
    >
      <label class="search">
        <span class="sr">Search by route, service or trace id</span>
        <input
          ref={search}
          type="search"
          placeholder="Search: route, service, trace id  ( / )"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' && event.key !== 'Enter') return
            event.currentTarget.blur()
            document.querySelector<HTMLElement>('.requests-rows')?.focus()
          }}
        />
      </label>
      <Choice name="Service" value={now.get('service') ?? ''} onPick={(service) => set({ service })}>
        {[
          ['', 'Any service'],
          ...known(
            rows.flatMap(({ services }) => services),
            now.get('service'),
          ),
        ]}
      </Choice>
      <Choice name="Route" value={now.get('route') ?? ''} onPick={(route) => set({ route })}>
        {[
          ['', 'Any route'],
          ...known(
            rows.map(({ name }) => name),
            now.get('route'),
          ),
        ]}
      </Choice>
      <Choice name="Status" value={now.get('status') ?? ''} onPick={(status) => set({ status })}>
        {STATUS}
      </Choice>
      <Choice name="Duration" value={min} onPick={(value) => set({ min: value, max: '' })}>
        {SLOWER.some(([value]) => value === min)
          ? SLOWER
          : [...SLOWER, [min, `over ${duration(Number(min))}`]]}
      </Choice>
      <Choice
        name="Provider"
        value={provider ?? ''}
        onPick={(value) => {
          const [name, lens = ''] = value.split('=')
          set({ has: '', lacks: '', ...(name && { [name as FilterName]: lens }) })
        }}
      >
        {PROVIDER}
      </Choice>
      {filterQuery(now) !== '' && (
        <a class="clear" href={hrefOf('')}>
          Clear
        </a>
      )}
      <Range />
    </form>
  )
}

function set(changes: Partial<Record<FilterName, string>>): void {
  navigate(hrefOf('', withFilters(query.value, changes)), { replaces: true })
}

/** The most frequent first; whatever is chosen is among them. */
function known(names: readonly string[], chosen: string | null): [string, string][] {
  const counts = new Map<string, number>(chosen ? [[chosen, 0]] : [])
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 100)
    .map(([name]) => [name, name])
}

interface ChoiceProps {
  readonly name: string
  readonly value: string
  readonly onPick: (value: string) => void
  readonly children: readonly (readonly [string, string] | readonly string[])[]
}

function Choice({ name, value, onPick, children }: ChoiceProps) {
  return (
    <label>
      <span class="sr">{name}</span>
      <select
        class={value ? 'chosen' : ''}
        value={value}
        onChange={({ currentTarget }) => onPick(currentTarget.value)}
      >
        {children.map(([option = '', label]) => (
          <option key={option} value={option}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What was drawn in the chart, in words. */
function Range() {
  const { since, until, max } = Object.fromEntries(query.value)
  if (!since && !until && !max) return null
  const min = query.value.get('min')
  return (
    <span class="range">
      {since && until && `${clock(Number(since))} – ${clock(Number(until))}`}
      {max && `, ${duration(Number(min ?? 0))} – ${duration(Number(max))}`}
      <button type="button" class="quiet" onClick={() => set({ since: '', until: '', min: '', max: '' })}>
        ×<span class="sr"> all times and durations again</span>
      </button>
    </span>
  )
}
