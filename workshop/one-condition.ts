import { type Chapter, defineChapter, met, notYet as notMet, type Question, type Verdict } from './chapter.ts'
import type { CheckContext } from './context.ts'

// Chapters that are not yet divided into conditions.

interface Definition {
  readonly number: number
  readonly folder: string
  readonly title: string
  readonly answers?: readonly Question[]
  readonly file?: string
  check(context: CheckContext, answers: Readonly<Record<string, string>>): Promise<Result>
}

type Result = { readonly verdict: Verdict; readonly traceId?: string }

export function oneCondition({ check, ...rest }: Definition): Chapter {
  return defineChapter<Result>({
    ...rest,
    gather: check,
    conditions: [{ name: rest.title, judge: ({ verdict }) => verdict }],
    evidence: ({ traceId }) => (traceId ? [traceId] : []),
  })
}

export function passed(evidence: readonly string[], traceId?: string): Result {
  return { verdict: met(evidence.join('; ')), ...(traceId && { traceId }) }
}

export function notYet(what: string, fix: string, evidence: readonly string[] = []): Result {
  return { verdict: notMet([what, ...evidence].join(' '), fix) }
}
