import {
  REQUEST_ORDERS,
  REQUEST_PROVIDERS,
  REQUEST_SORTS,
  REQUEST_STATUSES,
} from '../../contracts/sandbox/list-words.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { CommandOption } from '../command-line/command.ts'
import { readLengthMs, readMomentMs } from '../command-line/typed-time.ts'

/** The list's filters and order, as the viewer and `GET /sandbox/requests` have them. */
export const FILTER_OPTIONS = {
  service: { type: 'string', meaning: 'Requests with this service' },
  route: { type: 'string', meaning: 'The name of the root: "GET /api/activities/home"' },
  status: { type: 'string', meaning: choice(REQUEST_STATUSES) },
  min: { type: 'string', meaning: 'The least duration: 200, 200ms, 1.5s' },
  max: { type: 'string', meaning: 'The greatest duration' },
  has: { type: 'string', meaning: `A provider that has it: ${choice(REQUEST_PROVIDERS)}` },
  lacks: { type: 'string', meaning: 'A provider that has nothing of it' },
  since: { type: 'string', meaning: 'From then on: 10m, 2h, 2026-11-26T12:30 or epoch milliseconds' },
  until: { type: 'string', meaning: 'Up to then' },
  text: { type: 'string', meaning: 'Words in names, services, ids, attributes and errors: plan=pro' },
  filter: { type: 'string', meaning: 'An X-Ray filter expression: "responsetime > 1"' },
  group: { type: 'string', meaning: 'An X-Ray group’s name' },
} as const satisfies Record<string, CommandOption>

export const ORDER_OPTIONS = {
  sort: {
    type: 'string',
    meaning: `${choice(REQUEST_SORTS)} (start)`,
  },
  order: { type: 'string', meaning: 'desc or asc (desc)' },
  after: { type: 'string', meaning: 'The cursor of the next page, as the last page has printed it' },
} as const satisfies Record<string, CommandOption>

export type TracesOrder = { readonly [Name in keyof typeof ORDER_OPTIONS]?: string | undefined }
export type FilterValues = { readonly [Name in keyof typeof FILTER_OPTIONS]?: string | undefined }

/** The filters as the sandbox takes them: times in epoch ms, durations in ms. Throws a UserError with the code USAGE. */
export function filterParameters(
  values: FilterValues,
  nowMs = Date.now(),
): Readonly<Record<string, string | number | undefined>> {
  const { min, max, since, until, status, has, lacks, ...words } = Object.fromEntries(
    Object.keys(FILTER_OPTIONS).map((name) => [name, values[name as keyof FilterValues]]),
  )
  return {
    ...words,
    status: oneOf('status', status, REQUEST_STATUSES),
    has: oneOf('has', has, REQUEST_PROVIDERS),
    lacks: oneOf('lacks', lacks, REQUEST_PROVIDERS),
    min: min === undefined ? undefined : read('min', min, readLengthMs),
    max: max === undefined ? undefined : read('max', max, readLengthMs),
    since: since === undefined ? undefined : read('since', since, (text) => readMomentMs(text, nowMs)),
    until: until === undefined ? undefined : read('until', until, (text) => readMomentMs(text, nowMs)),
  }
}

/** The order as the sandbox takes it. Throws a UserError with the code USAGE. */
export function readOrdering({ sort, order }: Pick<TracesOrder, 'sort' | 'order'>) {
  return { sort: oneOf('sort', sort, REQUEST_SORTS), order: oneOf('order', order, REQUEST_ORDERS) }
}

function choice(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((one) => one === text)
  if (word !== undefined || text === undefined) return word
  throw new UserError({
    code: 'USAGE',
    what: `--${name} ${text} is none of ${words.join(', ')}.`,
    fix: `--${name} ${words[0]}`,
  })
}

/** A value that each option takes, for the fix of one that cannot be read. */
const EXAMPLES = { min: '200ms', max: '1.5s', since: '10m', until: '2026-11-26T12:30' } as const

function read(
  name: keyof typeof EXAMPLES,
  text: string,
  reader: (text: string) => number | undefined,
): number {
  const value = reader(text)
  if (value !== undefined) return value
  throw new UserError({
    code: 'USAGE',
    what: `--${name} ${text} cannot be read.`,
    fix: `--${name} ${EXAMPLES[name]}`,
  })
}

/** `--limit`, from 1 to `most`. Throws a UserError with the code USAGE. */
export function readLimit(text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw new UserError({
    code: 'USAGE',
    what: `--limit ${text} is not a whole number from 1 to ${most}.`,
    fix: `--limit ${usual}`,
  })
}
