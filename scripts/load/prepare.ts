import { randomInt } from 'node:crypto'
import { UserError } from '../../contracts/user-error.ts'
import { type Providers, reachable } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { getJson } from '../machine/http-json.ts'
import { requireOwn } from '../processes/neighbour.ts'
import { dueAfter, type Pace } from './run-load.ts'

const HEALTH_MS = 2_000
/** Requests per second. Above it this process, not the api, would be what is slow. */
const MAX_RATE = 5_000
const MAX_DURATION_S = 3_600
/** Short enough to read out to a class. */
const MAX_SEED = 999_999_999

export interface RequestedLoad extends Pace {
  /** 0 to 1. */
  readonly errorShare: number
  /** A whole number. */
  readonly seed: number
  /** How many requests the pace amounts to; at least one. */
  readonly total: number
}

/** Reads the command's options. Throws a UserError (USAGE) for a value out of range. */
export function readLoadOptions(
  values: { readonly [Name in 'rate' | 'duration' | 'errors' | 'seed']?: string } & {
    readonly ramp?: boolean
  },
): RequestedLoad {
  const pace = {
    rate: readNumber('rate', values.rate ?? '50', 'above 0', MAX_RATE),
    durationS: readNumber('duration', values.duration ?? '30', 'above 0', MAX_DURATION_S),
    isRamp: values.ramp ?? false,
  }
  const errorShare = readNumber('errors', values.errors ?? '2', 'from 0', 100) / 100
  const total = dueAfter(pace, pace.durationS)
  const seed = values.seed === undefined ? randomInt(MAX_SEED + 1) : readSeed(values.seed)
  if (total > 0) return { ...pace, errorShare, seed, total }
  throw new UserError({
    code: 'USAGE',
    what: 'That is less than one request.',
    fix: 'npm run load -- --rate 50 --duration 30',
  })
}

function readSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UserError({
    code: 'USAGE',
    what: `--seed ${text} is not a whole number from 0 to ${MAX_SEED}.`,
    fix: 'npm run load -- --help',
  })
}

function readNumber(name: string, text: string, least: 'from 0' | 'above 0', most: number): number {
  const value = Number(text)
  const isEnough = least === 'from 0' ? value >= 0 : value > 0
  if (text.trim() !== '' && isEnough && value <= most) return value
  throw new UserError({
    code: 'USAGE',
    what: `--${name} ${text} is not a number ${least} and up to ${most}.`,
    fix: 'npm run load -- --help',
  })
}

/**
 * The base address of the running api. Throws a UserError: API_DOWN when the api does not answer, OTHER_WORKSPACE when
 * another clone's does.
 */
export async function requireApi(
  settings: Pick<Settings, 'BACKEND_HOST' | 'PORT' | 'WORKSPACE_STATE_DIR'>,
): Promise<string> {
  const api = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`
  await requireOwn('api', api, settings)
  if ((await getJson(`${api}/health`, HEALTH_MS))?.status === 200) return api
  throw new UserError({
    code: 'API_DOWN',
    what: `The api does not answer at ${api}.`,
    fix: 'npm run setup starts it',
  })
}

/** Thirty seconds of load are as many events as a quiet service sends in a day, so an account's owner is told first. */
export function warnOfCosts(
  { honeycomb, xray, rollbar }: Providers,
  errors: number,
  terminal: Terminal,
): void {
  const live = [
    ...(honeycomb.mode === 'live' ? ['Honeycomb (about 8 events a kept request)'] : []),
    ...(xray.mode === 'live' ? ['X-Ray (a trace a kept request)'] : []),
    ...(rollbar.mode === 'live' ? [`Rollbar (about ${errors} occurrences, at most 60 a minute)`] : []),
  ]
  if (live.length > 0) terminal.warn(`This goes to your accounts: ${live.join(', ')}. Ctrl-C ends it.`)
}
