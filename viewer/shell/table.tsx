import type { ComponentChildren } from 'preact'

interface Props {
  readonly columns: readonly string[]
  /** The first column of those with numbers, which are aligned to the right. */
  readonly firstNumber?: number
  /** The rows. */
  readonly children: ComponentChildren
}

export function Table({ columns, firstNumber = columns.length, children }: Props) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map((name, index) => (
            <th key={name} scope="col" class={index < firstNumber ? '' : 'number'}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}
