import { clock, count, duration, plural } from '../../analysis/format.ts'
import type { Difference } from '../../analysis/trace/difference.ts'
import { type ExceptionView, type FrameView, occurrenceView } from '../../analysis/trace/occurrence.ts'
import { ERROR_SEVERITY } from '../../analysis/trace/rows.ts'
import type { LensLog, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { clipped, type Line, wrapped } from '../command-line/styled-lines.ts'
import { helpText } from './twins.ts'

// What a trace has besides its spans: errors at Rollbar, log records, and what differs between the providers.

/** At most so many are shown; the rest is counted. */
const MOST = { occurrences: 5, logs: 20, exceptions: 3, frames: 12, differences: 12 } as const

/** Rollbar's occurrences with the place in the application's own code; with all frames if `withStack`. */
export function occurrenceLines(
  { occurrences, originMs }: Pick<TraceLenses, 'occurrences' | 'originMs'>,
  width: number,
  { withStack = false, page = '' } = {},
): Line[] {
  if (occurrences.length === 0) return []
  const lines = occurrences.slice(0, MOST.occurrences).flatMap((occurrence): Line[] => {
    const { level, title, environment, exceptions } = occurrenceView(occurrence)
    const about = [environment, clock(originMs + occurrence.atMs), occurrence.uuid]
      .filter(Boolean)
      .join(' · ')
    return [
      [{ text: clipped(`  ✕ ${level}: ${title || occurrence.uuid}`, width), style: 'red' }],
      ...exceptions
        .slice(0, MOST.exceptions)
        .flatMap((exception) => exceptionLines(exception, width, withStack)),
      ...moreLines(exceptions.length - MOST.exceptions, 'cause', '    '),
      [{ text: clipped(`    ${about}`, width), style: 'dim' }],
      // A link that is cut leads nowhere.
      ...(page ? [[`    ${page}/errors/${occurrence.itemId}`]] : []),
    ]
  })
  return [
    heading(`Rollbar: ${plural(occurrences.length, 'occurrence')}`),
    ...lines,
    ...moreLines(occurrences.length - MOST.occurrences, 'occurrence', '  '),
  ]
}

function exceptionLines({ name, message, frames }: ExceptionView, width: number, withStack: boolean): Line[] {
  if (!withStack) {
    const own = frames.find(({ isOwn }) => isOwn) ?? frames[0]
    return own ? [[clipped(`    at ${placeOf(own)}`, width)]] : []
  }
  return [
    ...wrapped([name, message].filter(Boolean).join(': '), width - 4)
      .slice(0, 4)
      .map((text): Line => [`    ${text}`]),
    ...frames.slice(0, MOST.frames).map((frame): Line => {
      const text = clipped(`      at ${placeOf(frame)}`, width)
      return frame.isOwn ? [text] : [{ text, style: 'dim' }]
    }),
    ...moreLines(frames.length - MOST.frames, 'frame', '      '),
  ]
}

function placeOf({ method, file, line }: FrameView): string {
  const at = line === undefined ? file : `${file}:${line}`
  return method ? `${method} (${at})` : at
}

/** Log records by time; of many the most severe ones. */
export function logLines({ logs }: Pick<TraceLenses, 'logs'>, width: number): Line[] {
  if (logs.length === 0) return []
  const shown =
    logs.length <= MOST.logs
      ? logs
      : new Set(logs.toSorted((a, b) => b.severityNumber - a.severityNumber).slice(0, MOST.logs))
  const lines = logs
    .filter((log) => shown === logs || (shown as ReadonlySet<LensLog>).has(log))
    .map((log): Line => {
      const { atMs, severity, service, body, severityNumber } = log
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const line = clipped(`  ${duration(atMs)}  ${severity || '–'}  ${service}: ${text}`, width)
      return severityNumber >= ERROR_SEVERITY ? [{ text: line, style: 'red' }] : [line]
    })
  const note = logs.length > MOST.logs ? ', the most severe ones' : ''
  return [
    heading(`Log records: ${count(logs.length)}${note}`),
    ...lines,
    ...moreLines(logs.length - MOST.logs, 'record', '  '),
  ]
}

/** Where the providers differ, problems first and with their reasons. */
export function differenceLines(found: readonly Difference[], width: number): Line[] {
  if (found.length === 0) return []
  const sorted = found.toSorted((a, b) => Number(b.isTrouble) - Number(a.isTrouble))
  const lines = sorted.slice(0, MOST.differences).flatMap(({ what, why, isTrouble, help }): Line[] => [
    ...wrapped(what, width - 4).map(
      (text, index): Line => [
        {
          text: `  ${index > 0 ? '  ' : isTrouble ? '! ' : '· '}${text}`,
          style: isTrouble ? 'yellow' : 'dim',
        },
      ],
    ),
    // What differs by design is only named: the viewer has the reasons.
    ...(isTrouble ? [...wrapped(why, width - 4), ...(help ? [helpText(help)] : [])] : []).map(
      (text): Line => [{ text: `    ${text}`, style: 'dim' }],
    ),
  ])
  return [
    heading('Where the providers differ'),
    ...lines,
    ...moreLines(sorted.length - MOST.differences, 'difference', '  '),
  ]
}

export function heading(text: string): Line {
  return [{ text, style: 'bold' }]
}

function moreLines(left: number, one: string, indent: string): Line[] {
  return left > 0 ? [[{ text: `${indent}… ${plural(left, `more ${one}`)}`, style: 'dim' }]] : []
}
