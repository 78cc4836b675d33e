import type { ColumnEntry } from '../../contracts/sandbox/query.ts'
import { FUNCTIONS } from '../../contracts/sandbox/query-functions.ts'
import type { Suggestions } from '../shell/combobox.tsx'
import { columnSuggestions } from './completion.ts'

/** Functions and `$columns` at the cursor of an expression. */
export function completeExpression(
  columns: readonly ColumnEntry[],
  text: string,
  cursor: number,
): Suggestions {
  const before = text.slice(0, cursor)
  const [token = ''] = /(\$"[^"]*|\$?[\w./-]*)$/.exec(before) ?? []
  const start = text.slice(0, cursor - token.length)
  const put = (inserted: string) => ({
    text: start + inserted + text.slice(cursor),
    cursor: (start + inserted).length,
  })
  if (token.startsWith('$')) {
    return columnSuggestions(columns, token.replace(/^\$"?/, ''), (name) =>
      put(/^[\w./:+?=-]+$/.test(name) ? `$${name}` : `$${JSON.stringify(name)}`),
    )
  }
  if (token === '' || /["'`][^"'`]*$/.test(start.replace(/"[^"]*"|`[^`]*`/g, '')))
    return { items: [], selectsFirst: false }
  const items = FUNCTIONS.filter(({ name }) => name.startsWith(token.toUpperCase())).map(
    ({ name, signature, meaning }) => ({ ...put(`${name}(`), label: signature, note: meaning }),
  )
  return { items, selectsFirst: true }
}
