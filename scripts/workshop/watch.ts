import { setTimeout as delay } from 'node:timers/promises'
import { resolveProviders } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { checkChapters, type Standing } from './progress.ts'

const EVERY_MS = 1_000
/** Where X-Ray is live: AWS bills each trace that a check reads. */
const LIVE_EVERY_MS = 10_000
/** A forgotten terminal must not ask for ever. */
const LIMIT_MS = 60 * 60_000

interface WatchOptions {
  readonly answers: readonly string[]
  /** Ends the watch. */
  readonly signal?: AbortSignal
  readonly limitMs?: number
}

/**
 * Runs a chapter's check again and again until it passes, and prints each condition once when it is met, and what is
 * missing whenever that changes. Returns whether it has passed.
 */
export async function watchChapter(
  chapter: Chapter,
  settings: Settings,
  terminal: Terminal,
  { answers, signal, limitMs = LIMIT_MS }: WatchOptions,
): Promise<boolean> {
  const everyMs = resolveProviders(settings, process.env).xray.mode === 'live' ? LIVE_EVERY_MS : EVERY_MS
  terminal.heading(`Chapter ${chapter.number}: ${chapter.title}`)
  terminal.line(terminal.dim('  Waiting for evidence. Ctrl-C ends it.'))
  const ticked = new Set<string>()
  let shown = ''
  const end = performance.now() + limitMs
  for (let given = answers; performance.now() < end && !signal?.aborted; given = []) {
    const [standing] = (await checkChapters([chapter], settings, given, { isTry: false })).chapters
    if (!standing) return false
    shown = showChanges(standing, ticked, shown, terminal)
    if (standing.result.passed) {
      terminal.line('\nPassed.')
      return true
    }
    await delay(everyMs, undefined, signal && { signal }).catch(() => {})
  }
  return false
}

/** Returns what is missing now. */
function showChanges({ result }: Standing, ticked: Set<string>, shown: string, terminal: Terminal): string {
  for (const { name, saw } of result.met) {
    if (ticked.has(name)) continue
    ticked.add(name)
    terminal.done(`${name}: ${saw}`)
  }
  if (!result.missing) return ''
  const { name, diagnosis } = result.missing
  // It was met before, and is no longer.
  ticked.delete(name)
  const text = `${name}: ${diagnosis.what}\n  → ${diagnosis.fix}`
  if (text !== shown) terminal.line(`○ ${text}`)
  return text
}
