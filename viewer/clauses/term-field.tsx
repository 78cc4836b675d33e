import type { RefObject } from 'preact'
import { useId, useRef, useState } from 'preact/hooks'
import type { Read } from '../../analysis/questions/filter-text.ts'
import { Combobox, type Suggestions } from '../shell/combobox.tsx'

/** How the terms of one clause are written, read and completed. */
export interface Language<Term> {
  readonly text: (term: Term) => string
  readonly read: (text: string) => Read<Term>
  /** The terms of a text that has several. By default it is one. */
  readonly split?: (text: string) => readonly string[]
  readonly complete: (text: string, cursor: number) => Suggestions
  /** Whether the term can be asked while it is typed: half a column's name is a name too, but no event has it. */
  readonly isKnown: (term: Term) => boolean
  readonly placeholder: string
  /** About an unknown term that was not entered: `No stored event has this column.` */
  readonly unknown: string
  /** Why Enter cannot use an unknown term either; undefined if it can. */
  readonly whyUnusable?: (text: string) => string | undefined
  readonly onTyping?: (text: string, cursor: number) => void
}

/** A key or a click in the field, or that the focus left it. */
export type EndedBy = 'key' | 'blur'

interface Props<Term> {
  readonly label: string
  readonly language: Language<Term>
  /** The term that is edited; undefined for a new one. */
  readonly term?: Term | undefined
  /** Ids of the notes about this term. */
  readonly describedBy?: string | undefined
  readonly isInvalid: boolean
  readonly input?: RefObject<HTMLInputElement | null>
  /** The terms while they are typed; undefined as long as one is incomplete. */
  readonly onDraft: (terms: readonly Term[] | undefined) => void
  readonly onDone: (terms: readonly Term[], by: EndedBy) => void
  /** The text of an existing term was emptied. */
  readonly onEmptied?: (by: EndedBy) => void
  /** An existing term stays as it was. */
  readonly onCancel?: (by: EndedBy) => void
  readonly onBackspace?: () => void
}

/** Edits one term as text. An incomplete term stays in the field, with what is missing. */
export function TermField<Term>(props: Props<Term>) {
  const { language, term, onDraft } = props
  const original = term === undefined ? '' : language.text(term)
  const [text, setText] = useState(original)
  const [cursor, setCursor] = useState(original.length)
  const [missing, setMissing] = useState('')
  const id = useId()
  // The field is removed when it is done, and some browsers report that as a blur.
  const isDone = useRef(false)

  const readAll = (typed: string): { readonly terms: readonly Term[] } | { readonly missing: string } => {
    const reads = (language.split?.(typed) ?? [typed]).map(language.read)
    const wrong = reads.find((read) => 'missing' in read)
    if (wrong) return wrong
    if (reads.length === 0) return { missing: 'A term is missing.' }
    return { terms: reads.flatMap((read) => ('term' in read ? [read.term] : [])) }
  }
  const type = (next: string, at: number) => {
    isDone.current = false
    setText(next)
    setCursor(at)
    setMissing('')
    language.onTyping?.(next, at)
    const read = readAll(next)
    onDraft('terms' in read && read.terms.every(language.isKnown) ? read.terms : undefined)
  }
  const finish = (typed: string, by: EndedBy) => {
    if (isDone.current) return
    if (typed.trim() === '') {
      if (term !== undefined) {
        isDone.current = true
        props.onEmptied?.(by)
      }
      return
    }
    if (typed === original && term !== undefined && by === 'blur') {
      isDone.current = true
      props.onCancel?.(by)
      return
    }
    const read = readAll(typed)
    if (!('terms' in read)) {
      setMissing(read.missing)
      return
    }
    const areKnown = read.terms.every(language.isKnown)
    const unusable = areKnown ? undefined : language.whyUnusable?.(typed)
    if (unusable) {
      setMissing(unusable)
      return
    }
    if (by === 'blur' && !areKnown) {
      setMissing(`${language.unknown} Press Enter to use it anyway.`)
      return
    }
    isDone.current = term !== undefined
    setText('')
    setMissing('')
    language.onTyping?.('', 0)
    props.onDone(read.terms, by)
  }
  return (
    <span class="term-field">
      <Combobox
        label={props.label}
        text={text}
        suggestions={language.complete(text, cursor)}
        placeholder={term === undefined ? language.placeholder : ''}
        describedBy={[missing && id, props.describedBy].filter(Boolean).join(' ') || undefined}
        isInvalid={props.isInvalid || missing !== ''}
        {...(props.input && { input: props.input })}
        onText={type}
        onCursor={setCursor}
        onAccept={(suggestion) => {
          if (suggestion.isComplete) finish(suggestion.text, 'key')
          else type(suggestion.text, suggestion.cursor ?? suggestion.text.length)
        }}
        onEnter={() => finish(text, 'key')}
        onEscape={() => {
          if (term === undefined && text === '') return false
          onDraft(undefined)
          setMissing('')
          if (term === undefined) setText('')
          else {
            isDone.current = true
            props.onCancel?.('key')
          }
          return true
        }}
        {...(props.onBackspace && { onBackspace: props.onBackspace })}
        onBlur={() => finish(text, 'blur')}
      />
      {missing && (
        <span id={id} class="missing bad small" role="alert">
          {missing}
        </span>
      )}
    </span>
  )
}
