import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { query } from './router.ts'

const TYPING_MS = 200

interface FormProps {
  readonly label: string
  readonly searchLabel: string
  readonly placeholder: string
  readonly search: RefObject<HTMLInputElement | null>
  /** The user has paused typing, or pressed Enter. */
  readonly onSearch: (text: string) => void
  readonly children: ComponentChildren
}

/** A list's filters with a search for `text`. They are in the page's address, so that links keep them. */
export function FilterForm({ label, searchLabel, placeholder, search, onSearch, children }: FormProps) {
  const text = query.value.get('text') ?? ''
  const [typed, setTyped] = useState(text)
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed === text) return
    const timer = setTimeout(() => onSearch(typed), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, text])
  return (
    <form class="line filters" role="search" aria-label={label} onSubmit={(event) => event.preventDefault()}>
      <label class="search">
        <span class="sr">{searchLabel}</span>
        <input
          ref={search}
          type="search"
          placeholder={placeholder}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' && event.key !== 'Enter') return
            event.currentTarget.blur()
            document.querySelector<HTMLElement>('.requests-rows')?.focus()
          }}
        />
      </label>
      {children}
    </form>
  )
}

interface ChoiceProps {
  readonly name: string
  readonly value: string
  readonly onPick: (value: string) => void
  /** Values and labels. The empty value filters nothing. */
  readonly options: readonly (readonly [value: string, label: string])[]
}

export function Choice({ name, value, onPick, options }: ChoiceProps) {
  return (
    <label>
      <span class="sr">{name}</span>
      <select
        class={value ? 'chosen' : ''}
        value={value}
        onChange={({ currentTarget }) => onPick(currentTarget.value)}
      >
        {options.map(([option, label]) => (
          <option key={option} value={option}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}
