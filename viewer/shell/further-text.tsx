import type { ComponentChildren } from 'preact'

interface Props {
  readonly name: string
  readonly children: ComponentChildren
}

/** Further text that opens in its place, below its name. */
export function FurtherText({ name, children }: Props) {
  return (
    <details class="further-text">
      <summary>{name}</summary>
      <div>{children}</div>
    </details>
  )
}
