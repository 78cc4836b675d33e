import { hasOuterOr } from './grammar.ts'

/** Response times in seconds. `from` is included, `to` is not. */
export interface Range {
  readonly from?: number | undefined
  readonly to: number
}

const NUMBER = String.raw`\d+(?:\.\d+)?`
const RANGE = new RegExp(
  String.raw`^(?:(?<base>.*?) AND )??(?:responsetime >= (?<from>${NUMBER}) AND )?responsetime < (?<to>${NUMBER})\s*$`,
  's',
)

/** An expression, and the range of response times at its end, as `withRange` puts it there. */
export function splitRange(filter: string): { readonly base: string; readonly range?: Range } {
  const { base = '', from, to } = RANGE.exec(filter)?.groups ?? {}
  if (to === undefined || hasOuterOr(base)) return { base: filter }
  return { base, range: { from: from === undefined ? undefined : Number(from), to: Number(to) } }
}

/** An expression with a range of response times at its end, instead of the one that is there. */
export function withRange(filter: string, range: Range | undefined): string {
  const { base } = splitRange(filter)
  const trimmed = base.trim()
  if (!range) return trimmed
  const text = [
    ...(range.from === undefined ? [] : [`responsetime >= ${plain(range.from)}`]),
    `responsetime < ${plain(range.to)}`,
  ].join(' AND ')
  if (trimmed === '') return text
  return `${hasOuterOr(trimmed) ? `(${trimmed})` : trimmed} AND ${text}`
}

/** An expression for X-Ray itself, in which the group is a term. */
export function withGroupTerm(filter: string, group: string | null): string {
  if (!group) return filter
  const text = filter.trim()
  const rest = hasOuterOr(text) ? `(${text})` : text
  return [`group.name = "${group}"`, ...(rest === '' ? [] : [rest])].join(' AND ')
}

/** Without an exponent. */
function plain(seconds: number): string {
  return seconds < 1e-6 ? seconds.toFixed(9) : String(seconds)
}
