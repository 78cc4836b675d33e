import type { Diagnosis } from '../contracts/diagnosis.ts'
import type { Planting } from '../contracts/planting.ts'
import type { CheckContext } from './context.ts'

/** A chapter as commands see it. `defineChapter` makes one. */
export interface Chapter {
  readonly number: number
  /** Its folder: `03-honeycomb`. */
  readonly folder: string
  readonly title: string
  /** Needs something that not every learner has; progress goes on without it. */
  readonly isOptional: boolean
  /** False where its check reads no telemetry: it works while the sandbox does not run. */
  readonly readsEvidence: boolean
  /** Questions whose answers the learner passes to the check: `npm run workshop -- 7 <trace id>`. */
  readonly answers: readonly Question[]
  /** The file that its exercise changes, from the root of the repository. */
  readonly file?: string
  /** Of a chapter without a file. Undefined where nothing was planted. */
  readonly solution?: ((planting: Planting | undefined) => Solution | undefined) | undefined
  /** The names of its conditions, in the order of its steps. */
  readonly conditions: readonly string[]
  /** The condition that the workshop's summary repeats. */
  readonly finding: string
  /** Never throws for what the learner can fix. */
  check(context: CheckContext, answers: Answers): Promise<ChapterResult>
}

/** By the question's name. */
export type Answers = Readonly<Record<string, string>>

export interface Question {
  readonly name: string
  readonly meaning: string
  /** `trace`: a trace id, or `<trace id>/<span id>`, which is normalised before the check. Default: `text`. */
  readonly kind?: 'trace' | 'text'
}

/** A solution that is told in two steps. */
export interface Solution {
  /** Shown first: how to go on. */
  readonly hints: readonly string[]
  /** Whether to show the rest. */
  readonly question: string
  readonly whole: readonly string[]
}

/** What a chapter is made of. `Gathered` is what its conditions judge, read once for all of them. */
export interface ChapterDefinition<Gathered> {
  readonly number: number
  readonly folder: string
  readonly title: string
  readonly isOptional?: boolean
  /** Default: true. */
  readonly readsEvidence?: boolean
  readonly answers?: readonly Question[]
  readonly file?: string
  readonly solution?: Chapter['solution']
  gather(context: CheckContext, answers: Answers): Promise<Gathered>
  /** In the order of the chapter's steps. The first one that is not met ends the check. */
  readonly conditions: readonly Condition<Gathered>[]
  /** The traces that prove a passed check. They are read again at later checks, for as long as they exist. */
  evidence(gathered: Gathered): readonly string[]
  /** The name of the condition that the workshop's summary repeats. Default: the last one's. */
  readonly finding?: string
}

export interface Condition<Gathered> {
  /** What has to be true, in the learner's words: `a search without results was kept`. */
  readonly name: string
  judge(gathered: Gathered): Verdict | Promise<Verdict>
}

/** Of a condition that is met: what was seen. */
export interface Finding {
  readonly saw: string
  /** False where a live provider does not let a check see it; `saw` says why. */
  readonly isChecked: boolean
}

/** Whether a condition is met: what was seen, or what is missing and what to do. */
export type Verdict =
  | ({ readonly isMet: true } & Finding)
  | { readonly isMet: false; readonly diagnosis: Diagnosis }

export interface ChapterResult {
  readonly passed: boolean
  /** The conditions that are met, in order, and what was seen for each. All of them where the chapter has passed. */
  readonly met: readonly (Finding & { readonly name: string })[]
  /** The first condition that is not met. */
  readonly missing?: { readonly name: string; readonly diagnosis: Diagnosis }
  /** Of a passed check: the traces that prove it. */
  readonly traceIds: readonly string[]
}

export function met(saw: string): Verdict {
  return { isMet: true, saw, isChecked: true }
}

/** For what a live provider does not let a check see. It never blocks a learner. */
export function notChecked(why: string): Verdict {
  return { isMet: true, saw: `not checked: ${why}`, isChecked: false }
}

/** `what` was seen instead, and the likely mistake; `fix`: what to do next, best a command. */
export function notYet(what: string, fix: string): Verdict {
  return { isMet: false, diagnosis: { code: 'NOT_YET', what, fix } }
}

/** For an answer that the learner has not given: the question, and how to find and give it. */
export function missingAnswer(question: string, fix: string): Verdict {
  return notYet(`Your answer is missing: ${question}`, fix)
}

export function defineChapter<Gathered>(definition: ChapterDefinition<Gathered>): Chapter {
  const {
    gather,
    conditions,
    evidence,
    isOptional = false,
    readsEvidence = true,
    answers = [],
    ...rest
  } = definition
  const names = conditions.map(({ name }) => name)
  return {
    ...rest,
    isOptional,
    readsEvidence,
    answers,
    conditions: names,
    finding: definition.finding ?? names.at(-1) ?? '',
    async check(context, given) {
      const gathered = await gather(context, given)
      const metSoFar: (Finding & { name: string })[] = []
      for (const { name, judge } of conditions) {
        const verdict = await judge(gathered)
        if (!verdict.isMet) {
          return {
            passed: false,
            met: metSoFar,
            missing: { name, diagnosis: verdict.diagnosis },
            traceIds: [],
          }
        }
        const { saw, isChecked } = verdict
        metSoFar.push({ name, saw, isChecked })
      }
      return { passed: true, met: metSoFar, traceIds: [...new Set(evidence(gathered))] }
    },
  }
}
