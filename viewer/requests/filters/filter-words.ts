import { clock, duration } from '../../../analysis/format.ts'
import { LENS_NAMES } from '../../../contracts/trace-links.ts'
import { type FilterName, filterQuery } from './filters.ts'

export const STATUS = [
  ['', 'Any status'],
  ['error', 'With an error'],
  ['ok', 'Without'],
  ['2xx', '2xx'],
  ['3xx', '3xx'],
  ['4xx', '4xx'],
  ['5xx', '5xx'],
] as const
export const PROVIDER = [
  ['', 'Any provider'],
  ['has=honeycomb', 'Honeycomb has it'],
  ['has=xray', 'X-Ray has it'],
  ['has=rollbar', 'Rollbar has it'],
  ['lacks=honeycomb', 'Honeycomb has not'],
  ['lacks=xray', 'X-Ray has not'],
  ['lacks=rollbar', 'Rollbar has not'],
] as const

/** A filter that is set, as one that the user drops at once. */
export interface ActiveFilter {
  /** The parameters that it consists of. */
  readonly names: readonly FilterName[]
  /** `Service: api`, at most 80 characters. */
  readonly words: string
}

const MAX_WORDS = 80
const RANGE: readonly FilterName[] = ['since', 'until', 'min', 'max']

/** The filters of a query in words. What one gesture in the chart has set is one filter. */
export function activeFilters(query: URLSearchParams): ActiveFilter[] {
  const { text, service, route, status, min, max, has, lacks, since, until, filter, group } =
    Object.fromEntries(new URLSearchParams(filterQuery(query)))
  const found: [string | undefined, readonly FilterName[], string][] = [
    [text, ['text'], `Search: ${text}`],
    [service, ['service'], `Service: ${service}`],
    [route, ['route'], `Route: ${route}`],
    [
      status,
      ['status'],
      `Status: ${status === 'ok' ? 'without an error' : status === 'error' ? 'with an error' : status}`,
    ],
    [has, ['has'], `${nameOf(has)} has it`],
    [lacks, ['lacks'], `${nameOf(lacks)} has not`],
    [filter, ['filter'], `X-Ray filter: ${filter}`],
    [group, ['group'], `X-Ray group: ${group}`],
    [since ?? until ?? max, RANGE, rangeInWords({ since, until, min, max })],
    [since || until || max ? undefined : min, ['min'], `Duration: over ${duration(Number(min))}`],
  ]
  return found.flatMap(([value, names, words]) => (value ? [{ names, words: cut(words) }] : []))
}

function nameOf(lens = ''): string {
  return Object.entries(LENS_NAMES).find(([name]) => name === lens)?.[1] ?? lens
}

type Range = Readonly<Record<'since' | 'until' | 'min' | 'max', string | undefined>>

function rangeInWords({ since, until, min, max }: Range): string {
  const at = (ms: string) => clock(Number(ms))
  const time =
    since && until
      ? `${at(since)} – ${at(until)}`
      : since
        ? `from ${at(since)}`
        : until
          ? `until ${at(until)}`
          : ''
  const length = max
    ? `${duration(Number(min ?? 0))} – ${duration(Number(max))}`
    : min
      ? `over ${duration(Number(min))}`
      : ''
  return [time, length].filter(Boolean).join(', ')
}

function cut(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1)}…` : text
}
