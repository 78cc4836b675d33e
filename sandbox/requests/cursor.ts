import { z } from 'zod'
import type { RequestSort } from '../../contracts/sandbox/list-words.ts'
import type { Ordering, Position } from './request-order.ts'

const START_CURSOR = /^(\d+(?:\.\d+)?)_(\d+)$/
const CURSOR = z.tuple([z.string(), z.union([z.number(), z.string(), z.null()]), z.number(), z.number()])

/** A position as the text of `?after=`. */
export function writeCursor({ sort }: Ordering, { key, startedMs, number }: Position): string {
  if (sort === 'start') return `${startedMs}_${number}`
  return Buffer.from(JSON.stringify([sort, key, startedMs, number])).toString('base64url')
}

/** Undefined for text that is no cursor of this order. */
export function readCursor({ sort }: Ordering, text: string): Position | undefined {
  const [, startedMs, number] = START_CURSOR.exec(text) ?? []
  if (startedMs !== undefined && number !== undefined) {
    const key = Number(startedMs)
    return sort === 'start' ? { key, startedMs: key, number: Number(number) } : undefined
  }
  try {
    const read = CURSOR.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    const [readSort, key] = read
    return readSort === sort && isKeyOf(sort, key) ? { key, startedMs: read[2], number: read[3] } : undefined
  } catch {
    return undefined
  }
}

/** Whether requests can have this key in an order: a text in the order of names, a number or nothing as status, else a number. */
function isKeyOf(sort: RequestSort, key: Position['key']): boolean {
  if (sort === 'name' || sort === 'services') return typeof key === 'string'
  return typeof key === 'number' || (sort === 'status' && key === null)
}
