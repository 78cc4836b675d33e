import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { duration } from '../../../analysis/format.ts'
import type { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import { useMedia } from '../../shell/browser.ts'
import { Choice, FilterForm } from '../../shell/filter-form.tsx'
import { query } from '../../shell/router.ts'
import { SortMenu } from '../list/sort-menu.tsx'
import { FilterToggle } from '../xray/filter-toggle.tsx'
import { activeFilters, PROVIDER, STATUS } from './filter-words.ts'
import type { FilterName } from './filters.ts'
import { NameMenu } from './name-menu.tsx'
import { setFilters } from './set-filters.ts'

const SLOWER = [
  ['', 'Any duration'],
  ['10', 'over 10 ms'],
  ['50', 'over 50 ms'],
  ['100', 'over 100 ms'],
  ['500', 'over 500 ms'],
  ['1000', 'over 1 s'],
] as const
const MENUS_ID = 'request-menus'

interface Props {
  readonly menus: RequestMenus | undefined
  readonly search: RefObject<HTMLInputElement | null>
}

export function FilterBar({ menus, search }: Props) {
  const isNarrow = useMedia('(max-width: 45rem)')
  const [isOpen, setOpen] = useState(false)
  const set = activeFilters(query.value).filter(({ names }) => names[0] !== 'text').length
  return (
    <FilterForm
      label="Filter the requests"
      searchLabel="Search by route, service, attribute (name, value, key=value) or trace id"
      placeholder="Search: route, service, attribute, key=value, trace id"
      search={search}
      onSearch={(text) => setFilters({ text })}
    >
      {isNarrow && (
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? MENUS_ID : undefined}
          onClick={() => setOpen(!isOpen)}
        >
          Filters{set > 0 && ` (${set})`} <span aria-hidden="true">▾</span>
        </button>
      )}
      {isNarrow && <SortMenu />}
      {(isOpen || !isNarrow) && (
        <div id={MENUS_ID} class="line menus">
          <Menus menus={menus} />
        </div>
      )}
      <FilterToggle />
    </FilterForm>
  )
}

function Menus({ menus }: { readonly menus: RequestMenus | undefined }) {
  const now = query.value
  const provider = ['has', 'lacks'].flatMap((name) => (now.get(name) ? [`${name}=${now.get(name)}`] : []))[0]
  const min = now.get('min') ?? ''
  const max = now.get('max') ?? ''
  const range = max && `${min}-${max}`
  return (
    <>
      <NameMenu
        name="Service"
        any="Any service"
        value={now.get('service') ?? ''}
        names={menus?.services ?? []}
        total={menus?.serviceCount ?? 0}
        onPick={(service) => setFilters({ service })}
        onSearch={(text) => setFilters({ text })}
      />
      <NameMenu
        name="Route"
        any="Any route"
        value={now.get('route') ?? ''}
        names={menus?.routes ?? []}
        total={menus?.routeCount ?? 0}
        onPick={(route) => setFilters({ route })}
        onSearch={(text) => setFilters({ text })}
      />
      <Choice
        name="Status"
        value={now.get('status') ?? ''}
        options={STATUS}
        onPick={(status) => setFilters({ status })}
      />
      <Choice
        name="Duration"
        value={range || min}
        onPick={(value) => value !== range && setFilters({ min: value, max: '' })}
        options={
          range
            ? [...SLOWER, [range, `${duration(Number(min))} – ${duration(Number(max))}`]]
            : SLOWER.some(([value]) => value === min)
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
    </>
  )
}
