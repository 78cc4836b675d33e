import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ClauseNote } from '../../contracts/sandbox/query.ts'
import { type EndedBy, type Language, TermField } from './term-field.tsx'

/** A note about a clause of the question, and whether the question cannot be answered because of it. */
export interface ShownNote extends ClauseNote {
  readonly isError: boolean
}

interface BoxProps {
  readonly title: string
  /** One line for people who do not know the clause. */
  readonly about: string
  readonly notes: readonly ShownNote[]
  readonly className?: string
  readonly head?: ComponentChildren
  readonly children: (ids: {
    readonly title: string
    readonly notes: string | undefined
  }) => ComponentChildren
}

/** The frame of a clause: its name, its content, and what is wrong with it. */
export function ClauseBox({ title, about, notes, className = '', head, children }: BoxProps) {
  const id = useId()
  return (
    <div class={`clause ${className}`} role="group" aria-labelledby={`${id}-title`}>
      <div class="clause-head">
        <h2 id={`${id}-title`} title={about}>
          {title}
        </h2>
        {head}
      </div>
      {children({ title: `${id}-title`, notes: notes.length > 0 ? `${id}-notes` : undefined })}
      <Notes id={`${id}-notes`} notes={notes} />
    </div>
  )
}

interface NotesProps {
  readonly id: string
  readonly notes: readonly ShownNote[]
}

/** Notes that a screen reader announces when they appear. */
export function Notes({ id, notes }: NotesProps) {
  return (
    <ul class="clause-notes small" id={id} aria-live="polite">
      {notes.map(({ clause, message, isError }) => (
        <li key={`${clause} ${message}`} class={isError ? 'bad' : 'warn'}>
          {message}
        </li>
      ))}
    </ul>
  )
}

interface Props<Term> {
  readonly title: string
  readonly about: string
  /** The clause's path in the specification: `filters`, `calculations.0.filters`. */
  readonly path: string
  readonly language: Language<Term>
  readonly terms: readonly Term[]
  readonly notes: readonly ShownNote[]
  readonly head?: ComponentChildren
  /** More for a term: shown in its chip, after its text. */
  readonly more?: (term: Term, index: number) => ComponentChildren
  /** A part of the clause below its terms. */
  readonly below?: ComponentChildren
  /** The terms with the one that is being typed; undefined when there is none. */
  readonly onDraft: (terms: Term[] | undefined) => void
  readonly onTerms: (terms: Term[]) => void
}

/** A clause whose terms are chips. A chip is edited as text in its place; the field after them adds one. */
export function Clause<Term>(props: Props<Term>) {
  const { title, path, language, terms, notes, onDraft, onTerms } = props
  const [editing, setEditing] = useState(-1)
  const list = useRef<HTMLUListElement>(null)
  const adding = useRef<HTMLInputElement>(null)
  const [focusOn, setFocusOn] = useState<{ readonly index: number }>()
  // After a change the focus stays where it was: at the term, or at the one that has taken its place.
  useLayoutEffect(() => {
    if (!focusOn) return
    const { index } = focusOn
    const chips = list.current?.querySelectorAll<HTMLElement>(':scope > .chip > .chip-text') ?? []
    const chip = chips[Math.min(index, chips.length - 1)]
    if (chip) chip.focus()
    else adding.current?.focus()
  }, [focusOn])
  useLayoutEffect(() => {
    if (editing < 0) return
    const field = list.current?.querySelector<HTMLInputElement>(':scope > .chip-edit input')
    field?.focus()
    field?.select()
  }, [editing])

  const change = (next: Term[], index?: number) => {
    setEditing(-1)
    if (index !== undefined) setFocusOn({ index })
    onTerms(next)
  }
  const remove = (index: number, by: EndedBy = 'key') =>
    change(
      terms.filter((_, at) => at !== index),
      by === 'key' ? index : undefined,
    )
  const put = (index: number, by: readonly Term[]) => terms.toSpliced(index, 1, ...by)
  const isWrong = (index: number) =>
    notes.some(({ clause, isError }) => isError && `${clause}.`.startsWith(`${path}.${index}.`))

  const field = (index: number, described: string | undefined) => (
    <TermField
      key={index < terms.length ? `edit-${index}` : 'add'}
      label={index < terms.length ? `${title}: ${language.text(terms[index] as Term)}` : `Add to ${title}`}
      language={language}
      term={terms[index]}
      describedBy={isWrong(index) ? described : undefined}
      isInvalid={isWrong(index)}
      {...(index === terms.length && { input: adding })}
      onDraft={(by) => onDraft(by && put(index, by))}
      onDone={(read, by) =>
        change(put(index, read), index < terms.length && by === 'key' ? index : undefined)
      }
      onEmptied={(by) => remove(index, by)}
      onCancel={(by) => {
        setEditing(-1)
        if (by === 'key') setFocusOn({ index })
      }}
      {...(index === terms.length &&
        terms.length > 0 && {
          onBackspace: () => change(terms.slice(0, -1)),
        })}
    />
  )
  return (
    <ClauseBox title={title} about={props.about} notes={notes} head={props.head}>
      {(ids) => (
        <>
          <ul class="chips" ref={list} aria-labelledby={ids.title}>
            {terms.map((term, index) =>
              index === editing ? (
                <li key={`edit-${index}`} class="chip-edit">
                  {field(index, ids.notes)}
                </li>
              ) : (
                <li key={index} class={`chip ${isWrong(index) ? 'wrong' : ''}`}>
                  <button
                    type="button"
                    class="chip-text mono"
                    title="Edit"
                    aria-describedby={isWrong(index) ? ids.notes : undefined}
                    onClick={() => setEditing(index)}
                    onKeyDown={(event) => {
                      if (event.key !== 'Backspace' && event.key !== 'Delete') return
                      event.preventDefault()
                      remove(index)
                    }}
                  >
                    {language.text(term)}
                  </button>
                  {props.more?.(term, index)}
                  <button
                    type="button"
                    class="chip-button"
                    aria-label={`Remove ${language.text(term)}`}
                    onClick={() => remove(index)}
                  >
                    ×
                  </button>
                </li>
              ),
            )}
            <li class="chip-add" key="add">
              {field(terms.length, ids.notes)}
            </li>
          </ul>
          {props.below}
        </>
      )}
    </ClauseBox>
  )
}
