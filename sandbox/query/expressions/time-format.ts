const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAY_MS = 86_400_000
/** The range of a JavaScript date, in ms. */
const MAX_TIME_MS = 8.64e15

type Part = string | ((date: Date) => string)

/** The specifiers of POSIX strftime, in its C locale and in UTC. */
const SPECIFIERS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['a', (date) => dayName(date).slice(0, 3)],
  ['A', dayName],
  ['b', (date) => monthName(date).slice(0, 3)],
  ['h', (date) => monthName(date).slice(0, 3)],
  ['B', monthName],
  ['C', (date) => pad(Math.floor(date.getUTCFullYear() / 100))],
  ['d', (date) => pad(date.getUTCDate())],
  ['e', (date) => String(date.getUTCDate()).padStart(2)],
  ['g', (date) => pad(isoWeek(date).year % 100)],
  ['G', (date) => String(isoWeek(date).year)],
  ['H', (date) => pad(date.getUTCHours())],
  ['I', (date) => pad(date.getUTCHours() % 12 || 12)],
  ['j', (date) => pad(dayOfYear(date) + 1, 3)],
  ['m', (date) => pad(date.getUTCMonth() + 1)],
  ['M', (date) => pad(date.getUTCMinutes())],
  ['n', '\n'],
  ['p', (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['S', (date) => pad(date.getUTCSeconds())],
  ['t', '\t'],
  ['u', (date) => String(date.getUTCDay() || 7)],
  ['U', (date) => pad(weekOfYear(date, date.getUTCDay()))],
  ['V', (date) => pad(isoWeek(date).week)],
  ['w', (date) => String(date.getUTCDay())],
  ['W', (date) => pad(weekOfYear(date, (date.getUTCDay() + 6) % 7))],
  ['y', (date) => pad(date.getUTCFullYear() % 100)],
  ['Y', (date) => String(date.getUTCFullYear())],
  ['z', '+0000'],
  ['Z', 'UTC'],
  ['%', '%'],
])

/** Specifiers that stand for several. */
const COMPOSITE: ReadonlyMap<string, string> = new Map([
  ['c', '%a %b %e %H:%M:%S %Y'],
  ['D', '%m/%d/%y'],
  ['F', '%Y-%m-%d'],
  ['r', '%I:%M:%S %p'],
  ['R', '%H:%M'],
  ['T', '%H:%M:%S'],
  ['x', '%m/%d/%y'],
  ['X', '%H:%M:%S'],
])

/** Formats a time in Unix seconds; null for one that no date has. */
export type TimeFormat = (seconds: number) => string | null

/**
 * Compiles a format of strftime. `unknown` is called with the index of a specifier that does not exist, and throws.
 *
 * Source: https://docs.honeycomb.io/reference/calculated-field-formula/time/#format_time,
 * https://pubs.opengroup.org/onlinepubs/9799919799/functions/strftime.html
 */
export function compileTimeFormat(format: string, unknown: (index: number) => never): TimeFormat {
  const parts = partsOf(format, unknown)
  return (seconds) => {
    const milliseconds = seconds * 1_000
    if (!(Math.abs(milliseconds) <= MAX_TIME_MS)) return null
    const date = new Date(Math.floor(milliseconds))
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : part(date)
    return text
  }
}

function partsOf(format: string, unknown: (index: number) => never): readonly Part[] {
  const parts: Part[] = []
  for (let index = 0; index < format.length; index++) {
    const character = format[index] as string
    if (character !== '%') {
      parts.push(character)
      continue
    }
    const specifier = format[index + 1] ?? ''
    const composite = COMPOSITE.get(specifier)
    if (composite !== undefined) parts.push(...partsOf(composite, unknown))
    else parts.push(SPECIFIERS.get(specifier) ?? unknown(index))
    index++
  }
  return parts
}

function pad(number: number, digits = 2): string {
  return String(number).padStart(digits, '0')
}

function dayName(date: Date): string {
  return DAYS[date.getUTCDay()] ?? ''
}

function monthName(date: Date): string {
  return MONTHS[date.getUTCMonth()] ?? ''
}

/** Days since the first of January. */
function dayOfYear(date: Date): number {
  const first = new Date(date)
  first.setUTCMonth(0, 1)
  return Math.round((startOfDay(date) - startOfDay(first)) / DAY_MS)
}

function startOfDay(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS) * DAY_MS
}

/** Weeks begun since the first week's first day. `weekday`: days since the week's first day. */
function weekOfYear(date: Date, weekday: number): number {
  return Math.floor((dayOfYear(date) + 7 - weekday) / 7)
}

/** ISO 8601: week 1 has the year's first Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const weekday = (date.getUTCDay() + 6) % 7
  const thursday = new Date(startOfDay(date) + (3 - weekday) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}
