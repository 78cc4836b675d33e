import type { Evidence } from './evidence.ts'

export interface Chapter {
  readonly number: number
  /** Its folder: `03-honeycomb`. */
  readonly folder: string
  readonly title: string
  /** What the learner says to the check: a trace id, say. Asked for as `npm run workshop -- 7 <trace id>`. */
  readonly answers?: readonly Answer[]
  /** The file that its exercise changes, from the root of the repository. */
  readonly file?: string
  /** Looks at the evidence. What the reader can mend is a verdict; what is broken is thrown. */
  check(evidence: Evidence, answers: Readonly<Record<string, string>>): Promise<Verdict>
}

export interface Answer {
  readonly name: string
  readonly meaning: string
}

export type Verdict = Passed | NotYet

export interface Passed {
  readonly passed: true
  /** What was seen, a line each. */
  readonly saw: readonly string[]
  /** The trace that proves it, where one does. */
  readonly traceId?: string
}

export interface NotYet {
  readonly passed: false
  readonly saw: readonly string[]
  /** What is missing, in one sentence. */
  readonly missing: string
  /** What to do next. */
  readonly next: string
}

export function passed(saw: readonly string[], traceId?: string): Passed {
  return { passed: true, saw, ...(traceId && { traceId }) }
}

export function notYet(missing: string, next: string, saw: readonly string[] = []): NotYet {
  return { passed: false, saw, missing, next }
}
