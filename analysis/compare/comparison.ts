import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { plural } from '../format.ts'
import { routesOf } from '../trace/route-finder.ts'
import { resourceDifferences, rootDifferences } from './attribute-differences.ts'
import { type PathLens, pathSpans } from './path-spans.ts'
import { shortSql } from './span-name.ts'
import { compareByPath, inOrder, type Line } from './span-paths.ts'
import { type Sentence, summaryOf } from './summary.ts'
import { errorText, type TraceFacts, traceFacts } from './trace-facts.ts'

export type Comparison = ReturnType<typeof compareTraces>
/** The two compared traces. */
export type Letter = 'A' | 'B'

/** What stands in place of a comparison where two traces have no lens in common. */
export const NOT_COMPARABLE =
  'One trace has only Honeycomb’s spans and the other only X-Ray’s segments. Their names and kinds differ, so that they cannot be compared.'

const PATH_LENSES = ['honeycomb', 'xray'] as const satisfies readonly PathLens[]

/** The lenses of which both traces have records, Honeycomb first; empty where they cannot be compared. */
export function sharedLenses(a: TraceLenses, b: TraceLenses): PathLens[] {
  return PATH_LENSES.filter((lens) => recordsOf(a, lens) > 0 && recordsOf(b, lens) > 0)
}

function recordsOf(trace: TraceLenses, lens: PathLens): number {
  return (lens === 'xray' ? trace.segments : trace.spans).length
}

/** Two traces by the paths of their spans in one lens, which both must have. */
export function compareTraces(a: TraceLenses, b: TraceLenses, lens: PathLens) {
  const routeOf = routesOf([a, b])
  const [spansA, spansB] = [pathSpans(a, lens, routeOf), pathSpans(b, lens, routeOf)]
  const lines = compareByPath(spansA, spansB)
  const facts = { a: traceFacts(a, lens, spansA), b: traceFacts(b, lens, spansB) }
  return {
    lines,
    facts,
    summary: summaryOf(lines),
    outcome: outcomeText(facts),
    errors: [firstError(b, 'B', lens, lines), firstError(a, 'A', lens, lines)].filter(
      (one) => one !== undefined,
    ),
    notes: notesOf(facts, a, b),
    roots: rootDifferences(lens, [a, facts.a.rootId], [b, facts.b.rootId]),
    resources: sharedLenses(a, b).includes('honeycomb') ? resourceDifferences(a, b) : undefined,
  }
}

/** The sentence as plain text. */
export function sentenceText(sentence: Sentence): string {
  return sentence.map((part) => (typeof part === 'string' ? part : part.name.slice(0, 120))).join('')
}

interface Facts {
  readonly a: TraceFacts
  readonly b: TraceFacts
}

/** How the two ended, where that differs. */
function outcomeText({ a, b }: Facts): string | undefined {
  if (a.status === b.status && a.isError === b.isError) return undefined
  return `A ${outcomeOf(a)}, B ${outcomeOf(b)}.`
}

function outcomeOf({ status, isError }: TraceFacts): string {
  const word = isError ? 'failed' : 'did not fail'
  return status ? `${word} (status ${status})` : word
}

/** Where the failure of one of the two began: its deepest failed line that the other has without an error. */
export interface FirstError {
  readonly letter: Letter
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  /** Empty where the record has no message. */
  readonly message: string
}

function firstError(
  trace: TraceLenses,
  letter: Letter,
  lens: PathLens,
  lines: readonly Line[],
): FirstError | undefined {
  const [own, other] = letter === 'A' ? (['a', 'b'] as const) : (['b', 'a'] as const)
  const failed = inOrder(lines).filter((line) => line[own]?.errors && !line[other]?.errors)
  const deepest = failed.reduce<Line | undefined>(
    (found, line) => (!found || line.depth > found.depth ? line : found),
    undefined,
  )
  const spanId = deepest?.[own]?.errorId
  if (!deepest || !spanId) return undefined
  const name = shortSql((letter === 'B' && deepest.otherName) || deepest.name)
  return { letter, traceId: trace.traceId, spanId, name, message: errorText(trace, lens, spanId) }
}

/** What a reader has to know to trust the comparison. */
function notesOf({ a, b }: Facts, traceA: TraceLenses, traceB: TraceLenses): Sentence[] {
  const both = [
    ['A', a, traceA],
    ['B', b, traceB],
  ] as const
  const differ: Sentence = [
    'The traces are of different routes: ',
    { name: a.name },
    ` of ${a.service} and `,
    { name: b.name },
    ` of ${b.service}. Their roots are compared as one line, and everything else by its path below them.`,
  ]
  return [
    ...(a.name === b.name && a.service === b.service ? [] : [differ]),
    ...both.flatMap(([letter, facts, { pruned }]) => trustNotes(letter, facts, pruned)),
  ]
}

function trustNotes(letter: Letter, { orphans, inProgress }: TraceFacts, pruned: boolean): Sentence[] {
  const have = orphans === 1 ? 'has a parent that has' : 'have parents that have'
  return [
    ...(pruned
      ? [[`Some records of ${letter} have been deleted, so what it lacks may have been there.`]]
      : []),
    ...(orphans > 0
      ? [
          [
            `${plural(orphans, 'span')} of ${letter} ${have} not arrived. Their lines are at the top, without the path above them.`,
          ],
        ]
      : []),
    ...(inProgress > 0
      ? [[`${plural(inProgress, 'segment')} of ${letter} in progress: counted, without a duration.`]]
      : []),
  ]
}
