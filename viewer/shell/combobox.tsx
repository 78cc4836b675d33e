import type { RefObject } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** What the field becomes when it is accepted. */
export interface Suggestion {
  readonly text: string
  /** Where the text cursor goes; by default the end of the text. */
  readonly cursor?: number
  /** As shown in the list. */
  readonly label: string
  /** Shown after the label: a type, a share, a meaning. */
  readonly note?: string
  /** The text is complete, so the page may use it at once. */
  readonly isComplete?: boolean
}

export interface Suggestions {
  readonly items: readonly Suggestion[]
  /** Enter and Tab accept the first one. Otherwise they do so only after an arrow key. */
  readonly selectsFirst: boolean
  /** Tab accepts the first one although Enter takes the text as it is. */
  readonly tabAcceptsFirst?: boolean
}

interface Props {
  readonly label: string
  readonly text: string
  readonly suggestions: Suggestions
  /** The text was edited. */
  readonly onText: (text: string, cursor: number) => void
  /** The text cursor moved without a change of the text. */
  readonly onCursor?: (cursor: number) => void
  readonly onAccept: (suggestion: Suggestion) => void
  /** Enter, with no suggestion selected. */
  readonly onEnter: () => void
  /** Escape, with the list closed. False if there is nothing to leave: then the page handles the key. */
  readonly onEscape?: () => boolean
  /** Backspace in the empty field. */
  readonly onBackspace?: () => void
  readonly onBlur?: () => void
  readonly placeholder?: string
  readonly describedBy?: string | undefined
  readonly isInvalid?: boolean
  readonly input?: RefObject<HTMLInputElement | null>
}

/**
 * A text field that completes what is typed, after the ARIA pattern of a combobox with a list: the arrow keys choose, Enter
 * and Tab accept, Escape closes the list. The focus stays in the field.
 * Source: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function Combobox(props: Props) {
  const { label, text, suggestions, onText, onCursor, onAccept, onEnter, onEscape, onBackspace } = props
  const id = useId()
  const own = useRef<HTMLInputElement>(null)
  const input = props.input ?? own
  const list = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const wantedCursor = useRef<number>(undefined)

  const { items } = suggestions
  const isShown = isOpen && items.length > 0
  const active = !isShown
    ? -1
    : chosen >= 0
      ? Math.min(chosen, items.length - 1)
      : suggestions.selectsFirst
        ? 0
        : -1

  useLayoutEffect(() => {
    const at = wantedCursor.current
    wantedCursor.current = undefined
    if (at !== undefined) input.current?.setSelectionRange(at, at)
  }, [text])
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const accept = (suggestion: Suggestion) => {
    wantedCursor.current = suggestion.cursor ?? suggestion.text.length
    setChosen(-1)
    setOpen(!suggestion.isComplete)
    onAccept(suggestion)
  }
  const move = (to: number) => {
    setOpen(true)
    // One step before the first row or after the last one, no row is chosen.
    setChosen(to < -1 ? items.length - 1 : to >= items.length ? -1 : to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const suggestion = items[active]
    const byTab = suggestion ?? (isShown && suggestions.tabAcceptsFirst ? items[0] : undefined)
    const handle = () => {
      event.preventDefault()
      // The page has keys too.
      event.stopPropagation()
    }
    if (event.key === 'ArrowDown' && items.length > 0) {
      handle()
      move(isShown ? active + 1 : 0)
    } else if (event.key === 'ArrowUp' && items.length > 0) {
      handle()
      move(isShown ? (active < 0 ? items.length - 1 : active - 1) : items.length - 1)
    } else if (event.key === 'Enter' && !event.shiftKey) {
      handle()
      if (suggestion) accept(suggestion)
      else {
        setOpen(false)
        onEnter()
      }
    } else if (event.key === 'Tab' && byTab && !event.shiftKey) {
      handle()
      accept(byTab)
    } else if (event.key === 'Escape') {
      if (isShown) {
        handle()
        setOpen(false)
        setChosen(-1)
      } else if (onEscape?.()) handle()
    } else if (event.key === 'Backspace' && text === '' && onBackspace) {
      handle()
      onBackspace()
    }
  }
  return (
    <span class="combobox">
      <input
        ref={input}
        role="combobox"
        type="text"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
        aria-describedby={props.describedBy}
        aria-invalid={props.isInvalid || undefined}
        class="mono"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={props.placeholder}
        value={text}
        onInput={({ currentTarget }) => {
          setOpen(true)
          setChosen(-1)
          onText(currentTarget.value, currentTarget.selectionStart ?? currentTarget.value.length)
        }}
        onSelect={({ currentTarget }) => onCursor?.(currentTarget.selectionStart ?? 0)}
        onKeyDown={onKeyDown}
        onClick={() => setOpen(true)}
        onBlur={() => {
          setOpen(false)
          setChosen(-1)
          props.onBlur?.()
        }}
      />
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={`Suggestions: ${label}`}
        class="suggestions"
        hidden={!isShown}
        // The focus stays in the field.
        onMouseDown={(event) => event.preventDefault()}
      >
        {isShown &&
          items.map((item, index) => (
            <div
              key={`${index} ${item.text}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              onClick={() => accept(item)}
            >
              <span class="cut">{item.label}</span>
              {item.note && <span class="soft small">{item.note}</span>}
            </div>
          ))}
      </div>
      <span class="sr" role="status">
        {isShown ? `${items.length} ${items.length === 1 ? 'suggestion' : 'suggestions'}` : ''}
      </span>
    </span>
  )
}
