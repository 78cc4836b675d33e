import { useState } from 'preact/hooks'
import { copy } from '../shell/browser.ts'

interface Props {
  /** What the text is, as “Trace id”. */
  readonly label: string
  readonly text: string
}

/** A text that a click copies. */
export function CopyText({ label, text }: Props) {
  const [result, setResult] = useState<{ text: string; words: string }>()
  return (
    <button
      type="button"
      class="id"
      title={`${label}; click to copy`}
      onClick={() =>
        copy(text).then((isDone) => setResult({ text, words: isDone ? 'copied' : 'select to copy' }))
      }
    >
      <span class="sr">Copy the {label}: </span>
      {text}
      <span class="copied" role="status">
        {result?.text === text ? result.words : ''}
      </span>
    </button>
  )
}
