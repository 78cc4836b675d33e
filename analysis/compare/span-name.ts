import { withoutColumns } from '../../contracts/sandbox/work-shape.ts'
import { cut } from '../format.ts'

/** Characters */
const MAX_NAME = 400
const MAX_SHORT = 90

/** A name for a sentence or a row: a statement without the list of what it selects, and cut. */
export function shortSql(name: string): string {
  return cut(withoutColumns(name), MAX_SHORT)
}

const UUID = /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi
const LONG_ID = /\b(?=[a-z_-]*\d)[\da-f]{12,}\b/gi

/** A span's name without ids and numbers: `publish order 17` is `publish order {n}`. */
export function withoutIds(name: string): string {
  return name
    .slice(0, MAX_NAME)
    .replace(UUID, '{id}')
    .replace(LONG_ID, '{id}')
    .replace(/(?<![\w.{])\d+(?![\w.}])/g, '{n}')
}
