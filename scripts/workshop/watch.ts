import { setTimeout as delay } from 'node:timers/promises'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import type { Chapter, ChapterResult } from '../../workshop/chapter.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { checkChapters } from './progress.ts'
import { showMet } from './show.ts'

const EVERY_MS = 1_000
/** Where X-Ray is live: AWS bills each trace that a check reads. */
const LIVE_EVERY_MS = 10_000
/** A forgotten terminal must not ask for ever. */
const LIMIT_MS = 60 * 60_000
/** How long a sentence stays before it is printed again with other numbers, which change with each request of a load. */
const QUIET_MS = 10_000

/**
 * Runs a chapter's check again and again, with the settings of the moment, until it passes: prints each condition when it
 * is met, and what is missing whenever that changes. `answers` are those of the first check. Returns whether it has passed.
 */
export async function watchChapter(
  chapter: Chapter,
  terminal: Terminal,
  answers: readonly string[],
): Promise<boolean> {
  terminal.heading(`Chapter ${chapter.number}: ${chapter.title}`)
  terminal.line(terminal.dim('  Waiting for evidence. Ctrl-C ends it.'))
  const show = createTicker(terminal)
  const warned = new Set<string>()
  const end = performance.now() + LIMIT_MS
  for (let given = answers; performance.now() < end; given = []) {
    const settings = readSettings()
    const { chapters, warnings } = await checkChapters([chapter], settings, given, { isTry: false })
    for (const warning of warnings) if (!warned.has(warning)) terminal.warn(warning)
    for (const warning of warnings) warned.add(warning)
    const [standing] = chapters
    if (!standing) return false
    show(standing.result)
    if (standing.result.passed) {
      terminal.line()
      terminal.line('Passed.')
      return true
    }
    const isLive = resolveProviders(settings, process.env).xray.mode === 'live'
    await delay(isLive ? LIVE_EVERY_MS : EVERY_MS)
  }
  terminal.line('Nothing more is expected after an hour: run the check again.')
  return false
}

/** Returns a function that prints what is new in a result. `now`: milliseconds. */
export function createTicker(terminal: Terminal, now: () => number = () => performance.now()) {
  const ticked = new Set<string>()
  let shown = { text: '', atMs: Number.NEGATIVE_INFINITY }
  return ({ met, missing }: ChapterResult): void => {
    for (const one of met) {
      if (!ticked.has(one.name)) showMet(one, terminal)
      ticked.add(one.name)
    }
    if (!missing) return
    const { name, diagnosis } = missing
    // It may have been met before.
    ticked.delete(name)
    const text = `${name}: ${diagnosis.what}\n  → ${diagnosis.fix}`
    if (text === shown.text) return
    if (withoutNumbers(text) === withoutNumbers(shown.text) && now() - shown.atMs < QUIET_MS) return
    terminal.line(`○ ${text}`)
    shown = { text, atMs: now() }
  }
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, '#')
}
