import type { Cursor } from './cursor.ts'
import type { ServicePattern } from './expression.ts'

/** Reads `"name"` or `id(…)`. */
export function servicePattern(cursor: Cursor): ServicePattern {
  const token = cursor.next()
  if (token.kind === 'string') return { name: token.text }
  if (token.kind === 'name' && token.text.toLowerCase() === 'id') return idPattern(cursor)
  return cursor.fail('a service: "name" or id(name: "…", type: "…")', token)
}

/** Reads what follows `id`. */
export function idPattern(cursor: Cursor): ServicePattern {
  const pattern: { name?: string; type?: string; accountId?: string } = {}
  cursor.need('(')
  do {
    const token = cursor.next()
    const key = cursor.take('.') ? `${token.text}.${cursor.next().text}` : token.text
    cursor.need(':')
    const value = cursor.next()
    if (value.kind !== 'string') cursor.fail('a string in quotes', value)
    if (key === 'name') pattern.name = value.text
    else if (key === 'type') pattern.type = value.text
    else if (key === 'account.id') pattern.accountId = value.text
    else cursor.fail('name, type or account.id', token)
  } while (cursor.take(','))
  cursor.need(')')
  return pattern
}
