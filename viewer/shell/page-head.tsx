import type { ComponentChildren } from 'preact'
import { useTitle } from './browser.ts'

interface Props {
  readonly title: string
  /** One line about the page's content. */
  readonly about: ComponentChildren
  /** Why the content cannot be read; empty if it can. */
  readonly error: string
  /** Why the content may be incomplete; empty if it is complete. */
  readonly note?: string
  readonly children?: ComponentChildren
}

export function PageHead({ title, about, error, note, children }: Props) {
  useTitle(title)
  return (
    <>
      <header class="line page-head">
        <h1>{title}</h1>
        <p class="soft">{about}</p>
        {children}
      </header>
      <Trouble text={error} />
      {note && <p class="note">{note}</p>}
    </>
  )
}

export function Trouble({ text }: { readonly text: string }) {
  if (!text) return null
  return (
    <p class="trouble" role="alert">
      {text}
    </p>
  )
}
