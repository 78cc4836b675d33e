import type { RefObject } from 'preact'
import { count as formatted, plural } from '../../analysis/format.ts'
import { fragment, hrefOf, navigate, path, query } from '../shell/router.ts'

interface SearchProps {
  readonly box: RefObject<HTMLInputElement | null>
  readonly text: string
  readonly onText: (text: string) => void
  /** Enter. */
  readonly onFirst: () => void
}

/** The search over all records of the trace. */
export function TraceSearch({ box, text, onText, onFirst }: SearchProps) {
  return (
    <label class="search">
      <span class="sr">Search spans, attributes, annotations and metadata</span>
      <input
        ref={box}
        type="search"
        placeholder="Search names, attributes, annotations, metadata  ( / )"
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter') return
          event.currentTarget.blur()
          if (event.key === 'Enter') onFirst()
        }}
      />
    </label>
  )
}

interface ErrorStepsProps {
  /** Of failed spans or segments in the lens where the keyboard is. */
  readonly count: number
  /** The index of the selected one, else -1. */
  readonly index: number
  readonly onStep: (by: 1 | -1) => void
}

/** Leads from one failed span to the next. */
export function ErrorSteps({ count, index, onStep }: ErrorStepsProps) {
  if (count === 0) return null
  return (
    <div class="line error-steps" role="group" aria-label="Errors">
      <button type="button" title="The error before (p)" onClick={() => onStep(-1)}>
        <span aria-hidden="true">‹</span>
        <span class="sr">The error before</span>
      </button>
      <span class="bad" role="status">
        {index < 0 ? plural(count, 'error') : `error ${index + 1} of ${count}`}
      </span>
      <button type="button" title="The next error (n)" onClick={() => onStep(1)}>
        <span aria-hidden="true">›</span>
        <span class="sr">The next error</span>
      </button>
    </div>
  )
}

/** `?view=` in the address; the waterfall without it. */
export const FLAME_VIEW = 'flame'

/** Changes between waterfall and flame graph, in the address. */
export function toggleView(): void {
  const next = new URLSearchParams(query.value)
  if (next.get('view') === FLAME_VIEW) next.delete('view')
  else next.set('view', FLAME_VIEW)
  navigate(hrefOf(path.value, next.toString(), fragment.value), { replaces: true })
}

export function ViewSwitch({ isFlame }: { readonly isFlame: boolean }) {
  return (
    <div class="choices" role="group" aria-label="View">
      <button type="button" aria-pressed={!isFlame} onClick={() => isFlame && toggleView()}>
        Waterfall
      </button>
      <button type="button" aria-pressed={isFlame} onClick={() => !isFlame && toggleView()}>
        Flame graph
      </button>
    </div>
  )
}

interface CheckProps {
  readonly name: string
  readonly isChecked: boolean
  readonly onChange: (isChecked: boolean) => void
}

export function Check({ name, isChecked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={isChecked} onChange={() => onChange(!isChecked)} />
      {name}
    </label>
  )
}

/** Links to the page's parts, each with its name and its number of records. */
export function Jumps({
  parts,
}: {
  readonly parts: readonly (readonly [id: string, name: string, count: number])[]
}) {
  return (
    <nav class="line lens-jumps" aria-label="Lenses">
      {parts.map(([id, name, count]) => (
        <a key={id} class="jump" href={hrefOf(path.value, query.value.toString(), id)}>
          {name} <b>{formatted(count)}</b>
        </a>
      ))}
    </nav>
  )
}
