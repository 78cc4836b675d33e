import { duration, plainNumber } from '../../analysis/format.ts'

// Units as metrics have them, in words and scaled: 0.034 with the unit `s` is 34 ms.
// Source: https://ucum.org/ucum and https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units

/** Units come from senders. Characters */
const MAX_LENGTH = 30
/** On an axis. Characters */
const MAX_SHORT_LENGTH = 4

/** Milliseconds in a unit of time. */
const TIMES: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const TIME_NAMES: Readonly<Record<string, string>> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  ms: 'milliseconds',
  s: 'seconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
}

/** Units with decimal prefixes, and their symbols in words. */
const SYMBOLS: Readonly<Record<string, string>> = {
  By: 'B',
  bit: 'bit',
  Hz: 'Hz',
  W: 'W',
  J: 'J',
  V: 'V',
  A: 'A',
  m: 'm',
  g: 'g',
}
const DECIMAL = { n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 } as const
const BINARY = { Ki: 1_024, Mi: 1_024 ** 2, Gi: 1_024 ** 3, Ti: 1_024 ** 4 } as const

/** Without a prefix, and without scaling. */
const FIXED: Readonly<Record<string, string>> = { Cel: '°C', '[degF]': '°F', K: 'K', '%': '%' }

/** How the values of a unit are written. */
export interface UnitFormat {
  /** A value with its unit. */
  readonly format: (value: number) => string
  /** The same for an axis, which has no room for long units. */
  readonly short: (value: number) => string
  /** The unit in words; empty for plain numbers. */
  readonly words: string
}

/** The format of a unit in UCUM's notation. One that is not known is written as it is. */
export function unitFormat(unit: string): UnitFormat {
  const [numerator = '', ...others] = unit.trim().split('/')
  const denominator = others.join('/')
  const simple = simpleUnit(numerator)
  if (others.length === 0) return simple
  const per =
    denominator === '' ? '' : `/${withoutAnnotation(denominator).slice(0, MAX_LENGTH) || noun(denominator)}`
  return divided(simple, per, simple.words || 'number')
}

/** Per second. */
export function perSecond(format: UnitFormat): UnitFormat {
  return divided(format, '/s', format.words)
}

function divided({ format, short }: UnitFormat, per: string, words: string): UnitFormat {
  return {
    format: (value) => `${format(value)}${per}`,
    short: (value) => `${short(value)}${per}`,
    words: words && `${words}${per}`,
  }
}

/** A share of 1, in percent: the utilizations of OpenTelemetry's conventions have the unit 1. */
export const SHARE: UnitFormat = written((value) => `${plainNumber(rounded(value * 100))} %`, 'share, in %')

function written(format: UnitFormat['format'], words: string, short = format): UnitFormat {
  return { format, short, words }
}

/** The names of units come from senders: `constructor` is none of the table's. */
function entryOf<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function simpleUnit(unit: string): UnitFormat {
  const symbol = withoutAnnotation(unit)
  if (symbol === '' || symbol === '1') return counted(noun(unit))
  const ms = entryOf(TIMES, symbol)
  if (ms !== undefined) {
    const format = (value: number) =>
      Number.isFinite(value) ? duration(Number((value * ms).toPrecision(4))) : `${value} s`
    return written(format, TIME_NAMES[symbol] ?? '')
  }
  const fixed = entryOf(FIXED, symbol)
  if (fixed) return suffixed(fixed)
  const binary = prefixOf(symbol, BINARY)
  if (binary && (binary.base === 'By' || binary.base === 'bit')) {
    return scaled(binary.factor, BINARY, SYMBOLS[binary.base] ?? '', binary.base)
  }
  const decimal = prefixOf(symbol, { '': 1, ...DECIMAL })
  if (decimal) return scaled(decimal.factor, DECIMAL, SYMBOLS[decimal.base] ?? '', decimal.base)
  return suffixed(symbol.slice(0, MAX_LENGTH))
}

/** `{request}` counts requests. */
function counted(singular: string): UnitFormat {
  const number = (value: number) => plainNumber(rounded(value))
  if (singular === '') return written(number, '')
  const many = pluralOf(singular)
  return written((value) => `${number(value)} ${value === 1 ? singular : many}`, many, number)
}

function suffixed(symbol: string): UnitFormat {
  const number = (value: number) => plainNumber(rounded(value))
  const format = (value: number) => `${number(value)} ${symbol}`
  return written(format, symbol, symbol.length > MAX_SHORT_LENGTH ? number : format)
}

const NAMES: Readonly<Record<string, string>> = { By: 'bytes', bit: 'bits' }

function scaled(
  factor: number,
  prefixes: Readonly<Record<string, number>>,
  symbol: string,
  base: string,
): UnitFormat {
  const steps = Object.entries({ ...prefixes, '': 1 })
    // A part of a byte is no milli-byte.
    .filter(([, size]) => !(base in NAMES && size < 1))
    .toSorted(([, a], [, b]) => b - a)
  const format = (given: number) => {
    const value = given * factor
    const size = Math.abs(value)
    const least = size === 0 ? undefined : steps.at(-1)
    const [prefix, by] = steps.find(([, step]) => size >= step) ?? least ?? ['', 1]
    return `${plainNumber(Number((value / by).toPrecision(3)))} ${prefix === 'u' ? 'µ' : prefix}${symbol}`
  }
  return written(format, NAMES[base] ?? symbol)
}

function prefixOf(
  symbol: string,
  prefixes: Readonly<Record<string, number>>,
): { readonly base: string; readonly factor: number } | undefined {
  const found = Object.entries(prefixes).find(
    ([prefix]) => symbol.startsWith(prefix) && Object.hasOwn(SYMBOLS, symbol.slice(prefix.length)),
  )
  return found && { base: symbol.slice(found[0].length), factor: found[1] }
}

function withoutAnnotation(unit: string): string {
  return unit.replace(/\{[^}]*\}/g, '').trim()
}

/** The annotation of a unit: `request` for `{request}`. */
function noun(unit: string): string {
  return /\{([^}]*)\}/.exec(unit)?.[1]?.replaceAll('_', ' ').trim().slice(0, MAX_LENGTH) ?? ''
}

function pluralOf(singular: string): string {
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`
  if (/(?:ss|x|ch|sh)$/.test(singular)) return `${singular}es`
  return singular.endsWith('s') ? singular : `${singular}s`
}

/** Three digits, but all of the whole part. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
