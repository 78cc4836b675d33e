import type { RefObject } from 'preact'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { Choice, FilterForm } from '../shell/filter-form.tsx'
import { clock, duration } from '../shell/format.ts'
import { hrefOf, query } from '../shell/router.ts'
import { type FilterName, filterQuery, setFilters } from './filters.ts'
import { FilterToggle } from './xray/filter-toggle.tsx'

type Option = readonly [value: string, label: string]

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

export function FilterBar({ rows, search }: Props) {
  const now = query.value
  const provider = ['has', 'lacks'].flatMap((name) => (now.get(name) ? [`${name}=${now.get(name)}`] : []))[0]
  const min = now.get('min') ?? ''
  const services = rows.flatMap((row) => row.services)
  const routes = rows.map(({ name }) => name)
  const choice = (name: string, filter: FilterName, options: readonly Option[]) => (
    <Choice
      name={name}
      value={now.get(filter) ?? ''}
      options={options}
      onPick={(picked) => setFilters({ [filter]: picked })}
    />
  )
  return (
    <FilterForm
      label="Filter the requests"
      searchLabel="Search by route, service or trace id"
      placeholder="Search: route, service, trace id  ( / )"
      search={search}
      onSearch={(text) => setFilters({ text })}
    >
      {choice('Service', 'service', [['', 'Any service'], ...mostFrequent(services, now.get('service'))])}
      {choice('Route', 'route', [['', 'Any route'], ...mostFrequent(routes, now.get('route'))])}
      {choice('Status', 'status', STATUS)}
      <Choice
        name="Duration"
        value={min}
        onPick={(value) => setFilters({ min: value, max: '' })}
        options={
          SLOWER.some(([value]) => value === min)
            ? SLOWER
            : [...SLOWER, [min, `over ${duration(Number(min))}`]]
        }
      />
      <Choice
        name="Provider"
        value={provider ?? ''}
        onPick={(value) => {
          const [name, lens = ''] = value.split('=')
          setFilters({ has: '', lacks: '', ...(name && { [name as FilterName]: lens }) })
        }}
        options={PROVIDER}
      />
      <FilterToggle />
      {filterQuery(now) !== '' && <a href={hrefOf('')}>Clear</a>}
      <Range />
    </FilterForm>
  )
}

/** At most 100 names, the most frequent first, with the chosen one. */
function mostFrequent(names: readonly string[], chosen: string | null): Option[] {
  const counts = new Map<string, number>(chosen ? [[chosen, 0]] : [])
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 100)
    .map(([name]) => [name, name])
}

/** The range that was drawn in the latency chart, in words, with a button that removes it. */
function Range() {
  const { since, until, max } = Object.fromEntries(query.value)
  if (!since && !until && !max) return null
  const min = query.value.get('min')
  return (
    <span class="range">
      {since && until && `${clock(Number(since))} – ${clock(Number(until))}`}
      {max && `, ${duration(Number(min ?? 0))} – ${duration(Number(max))}`}
      <button
        type="button"
        class="quiet"
        onClick={() => setFilters({ since: '', until: '', min: '', max: '' })}
      >
        ×<span class="sr"> all times and durations again</span>
      </button>
    </span>
  )
}
