import type { ComponentChildren } from 'preact'
import { useTitle } from './browser.ts'

interface Props {
  readonly title: string
  /** One line about the page's content. */
  readonly about: ComponentChildren
  /** Why the content cannot be read; empty if it can. */
  readonly error: string
  /** Reads the content again. */
  readonly onRetry?: (() => unknown) | undefined
  /** Why the content may be incomplete; empty if it is complete. */
  readonly note?: string
  readonly children?: ComponentChildren
}

export function PageHead({ title, about, error, onRetry, note, children }: Props) {
  useTitle(title)
  return (
    <>
      <header class="line page-head">
        <h1>{title}</h1>
        <p class="soft">{about}</p>
        {children}
      </header>
      <Trouble text={error} onRetry={onRetry} />
      {note && <p class="note">{note}</p>}
    </>
  )
}

interface TroubleProps {
  readonly text: string
  readonly onRetry?: (() => unknown) | undefined
}

export function Trouble({ text, onRetry }: TroubleProps) {
  if (!text) return null
  return (
    <p class="line trouble" role="alert">
      {text}
      {onRetry && (
        <button type="button" onClick={() => onRetry()}>
          Try again
        </button>
      )}
    </p>
  )
}
