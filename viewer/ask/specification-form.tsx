import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { parseQuestion } from '../../analysis/questions/question.ts'
import type { QueryInput } from '../../contracts/sandbox/query.ts'

interface Props {
  readonly title: string
  readonly text: string
  /** Why the text cannot be read; empty before it was tried. */
  readonly problem: string
  readonly onQuestion: (question: QueryInput) => void
}

/** A Query Specification as JSON, to type, paste or correct. */
export function SpecificationForm({ title, text, problem, onQuestion }: Props) {
  const id = useId()
  const [typed, setTyped] = useState(text)
  const [shown, setShown] = useState(problem)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (text === '') field.current?.focus()
  }, [])
  return (
    <form
      class="specification"
      onSubmit={(event) => {
        event.preventDefault()
        const read = parseQuestion(typed)
        if (read.question) onQuestion(read.question)
        else setShown(read.problem)
      }}
    >
      <h2 id={id}>{title}</h2>
      {shown && (
        <p class="bad" id={`${id}-why`} role="alert">
          {shown}
        </p>
      )}
      <textarea
        ref={field}
        class="mono"
        rows={6}
        spellcheck={false}
        aria-labelledby={id}
        aria-describedby={shown ? `${id}-why` : undefined}
        aria-invalid={shown !== '' || undefined}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <div class="line">
        <button type="submit">Ask this</button>
        {text !== '' && (
          <button type="button" class="link" onClick={() => onQuestion({})}>
            Begin again
          </button>
        )}
      </div>
    </form>
  )
}
