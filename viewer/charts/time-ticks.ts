const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365.25 * DAY

/** Up to days. ms */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 180].map((days) => days * DAY),
]

export interface TimeTick {
  /** Epoch ms. */
  readonly atMs: number
  readonly label: string
}

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', options)
const MILLISECOND_LABEL = format({
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const SECOND_LABEL = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const MINUTE_LABEL = format({ hour: '2-digit', minute: '2-digit' })
const DAY_LABEL = format({ day: 'numeric', month: 'short' })
const DATE_LABEL = format({ day: 'numeric', month: 'short', year: 'numeric' })
const YEAR_LABEL = format({ year: 'numeric' })

/**
 * Round moments in this time zone, at most `most`, with labels that differ: with milliseconds or seconds where these differ,
 * and with the date where a day begins and at the first one, if not all are of today.
 */
export function timeTicks(fromMs: number, toMs: number, most: number, now = Date.now()): TimeTick[] {
  const rough = (toMs - fromMs) / Math.max(1, most)
  const step = STEPS.find((size) => size >= rough)
  const moments = step === undefined ? years(fromMs, toMs, rough) : steps(fromMs, toMs, step)
  const isToday = [fromMs, toMs].every((ms) => dayOf(ms) === dayOf(now))
  let day = isToday ? dayOf(now) : ''
  let year = yearOf(now)
  return moments.map((atMs) => {
    if (step === undefined) return { atMs, label: YEAR_LABEL.format(atMs) }
    const date = yearOf(atMs) === year ? DAY_LABEL : DATE_LABEL
    year = yearOf(atMs)
    if (step >= DAY) return { atMs, label: date.format(atMs) }
    const isNewDay = dayOf(atMs) !== day
    day = dayOf(atMs)
    const time = (step < SECOND ? MILLISECOND_LABEL : step < MINUTE ? SECOND_LABEL : MINUTE_LABEL).format(
      atMs,
    )
    return { atMs, label: isNewDay ? `${date.format(atMs)} ${time}` : time }
  })
}

/** The date of a moment, with its year. */
export function dateOf(atMs: number): string {
  return Number.isFinite(new Date(atMs).getTime()) ? DATE_LABEL.format(atMs) : 'beyond any calendar'
}

function steps(fromMs: number, toMs: number, step: number): number[] {
  const offset = new Date(fromMs).getTimezoneOffset() * MINUTE
  const found: number[] = []
  for (let at = Math.ceil((fromMs - offset) / step) * step + offset; at <= toMs; at += step) {
    found.push(step < DAY ? at : midnightNear(at))
  }
  return found.filter((at) => at >= fromMs && Number.isFinite(at))
}

/** Where the clocks have changed since the first tick, a day begins an hour earlier or later. */
function midnightNear(atMs: number): number {
  return new Date(atMs + 12 * HOUR).setHours(0, 0, 0, 0)
}

/** First days of years. */
function years(fromMs: number, toMs: number, rough: number): number[] {
  const size = rough / YEAR
  const power = 10 ** Math.floor(Math.log10(Math.max(1, size)))
  const every = [1, 2, 5, 10].map((factor) => factor * power).find((years) => years >= size) ?? 10 * power
  const found: number[] = []
  for (let year = Math.ceil(new Date(fromMs).getFullYear() / every) * every; ; year += every) {
    const at = new Date(2000, 0, 1).setFullYear(year)
    if (!(at <= toMs)) return found
    if (at >= fromMs) found.push(at)
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toDateString()
}

function yearOf(atMs: number): number {
  return new Date(atMs).getFullYear()
}
