import { useEffect, useState } from 'preact/hooks'
import { ClauseBox, type ShownNote } from './clause.tsx'

interface Props {
  readonly value: number | null | undefined
  /** The default. */
  readonly usual: number
  readonly most: number
  readonly notes: readonly ShownNote[]
  readonly onDraft: (limit: number | undefined) => void
  readonly onLimit: (limit: number | undefined) => void
}

/** How many groups the answer has at most. Empty: the default. */
export function Limit({ value, usual, most, notes, onDraft, onLimit }: Props) {
  const before = String(value ?? '')
  const [text, setText] = useState(before)
  useEffect(() => setText(before), [before])
  const read = (typed: string) => (typed.trim() === '' ? undefined : Number(typed))
  return (
    <ClauseBox title="LIMIT" about="How many groups to show" notes={notes} className="clause-limit">
      {(ids) => (
        <input
          type="number"
          class="plain mono"
          min={1}
          max={most}
          placeholder={String(usual)}
          aria-labelledby={ids.title}
          aria-describedby={ids.notes}
          aria-invalid={notes.some(({ isError }) => isError) || undefined}
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value)
            onDraft(read(currentTarget.value))
          }}
          onChange={({ currentTarget }) => onLimit(read(currentTarget.value))}
        />
      )}
    </ClauseBox>
  )
}
