import { UserError } from '../../contracts/user-error.ts'
import { type Chapter, notYet, type Verdict } from '../../workshop/chapter.ts'
import type { Evidence } from '../../workshop/evidence.ts'
import type { Progress } from './progress.ts'

/** `passed`: the evidence is there now. `earlier`: it was, and has gone since. */
export type State = 'passed' | 'earlier' | 'open'

export interface Standing {
  readonly chapter: Chapter
  readonly state: State
  readonly verdict: Verdict
  /** When it last passed, ISO 8601. */
  readonly at: string | undefined
  readonly traceId: string | undefined
}

/** Looks at a chapter's evidence, and writes into `progress` that it has passed. */
export async function examine(
  chapter: Chapter,
  evidence: Evidence,
  progress: Progress,
  now: () => Date = () => new Date(),
): Promise<Standing> {
  const key = String(chapter.number)
  const verdict = await checkOf(chapter, evidence, progress.answers[key] ?? {})
  if (verdict.passed) {
    const { traceId } = verdict
    progress.passed[key] = { at: now().toISOString(), ...(traceId && { traceId }) }
  }
  const earlier = progress.passed[key]
  const state = verdict.passed ? 'passed' : earlier ? 'earlier' : 'open'
  return { chapter, state, verdict, at: earlier?.at, traceId: earlier?.traceId }
}

/** What cannot be looked at has not passed: the reason is what is missing. */
async function checkOf(
  chapter: Chapter,
  evidence: Evidence,
  answers: Readonly<Record<string, string>>,
): Promise<Verdict> {
  try {
    return await chapter.check(evidence, answers)
  } catch (error) {
    if (error instanceof UserError) return notYet(error.message, error.fix)
    throw error
  }
}
