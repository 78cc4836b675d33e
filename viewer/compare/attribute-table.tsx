import type { AttributeDifferences } from '../../analysis/compare/attribute-differences.ts'
import { plural } from '../../analysis/format.ts'
import { Table } from '../shell/table.tsx'

interface Props {
  readonly title: string
  readonly found: AttributeDifferences
}

const MAX_ROWS = 100

/** Attributes with their values in A and in B. */
export function AttributeTable({ title, found: { different, same } }: Props) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {different.length === 0 ? (
        <p class="soft">{same > 0 ? `None: all ${same} are the same.` : 'None.'}</p>
      ) : (
        <>
          <div class="table-box">
            <Table columns={['Attribute', 'A', 'B']}>
              {different.slice(0, MAX_ROWS).map(({ name, a, b }) => (
                <tr key={name}>
                  <td class="soft">{name.slice(0, 200)}</td>
                  <Value text={a} />
                  <Value text={b} />
                </tr>
              ))}
            </Table>
          </div>
          <p class="soft small">
            {different.length > MAX_ROWS && `${plural(different.length - MAX_ROWS, 'more')} differ. `}
            {plural(same, 'other is', 'others are')} the same.
          </p>
        </>
      )}
    </section>
  )
}

function Value({ text }: { readonly text: string | undefined }) {
  return <td>{text ?? <span class="soft">not there</span>}</td>
}
