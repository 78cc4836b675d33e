import type { PathLens } from '../../analysis/compare/path-spans.ts'
import { shortSql } from '../../analysis/compare/span-name.ts'
import { inOrder, type Line } from '../../analysis/compare/span-paths.ts'
import type { Sentence } from '../../analysis/compare/summary.ts'
import { errorText, type TraceFacts } from '../../analysis/compare/trace-facts.ts'
import { plural } from '../../analysis/format.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { hrefOf } from '../shell/router.ts'

interface Props {
  readonly lens: PathLens
  readonly a: TraceLenses
  readonly b: TraceLenses
  readonly lines: readonly Line[]
  readonly facts: { readonly a: TraceFacts; readonly b: TraceFacts }
  readonly summary: readonly Sentence[]
}

/** The comparison in sentences, and what a reader has to know to trust it. */
export function Summary({ lens, a, b, lines, facts, summary }: Props) {
  const notes = notesOf(facts, a, b)
  return (
    <section class="card compare-summary" aria-labelledby="summary-title">
      <h2 id="summary-title">What differs</h2>
      {summary.map((sentence, index) => (
        <p key={index} class={index === 0 ? 'compare-first' : ''}>
          <Text sentence={sentence} />
        </p>
      ))}
      <Outcome facts={facts} />
      <FirstError lens={lens} trace={b} lines={lines} letter="B" />
      <FirstError lens={lens} trace={a} lines={lines} letter="A" />
      {notes.map((note, index) => (
        <p key={index} class="soft">
          <Text sentence={note} />
        </p>
      ))}
    </section>
  )
}

function Text({ sentence }: { readonly sentence: Sentence }) {
  return (
    <>
      {sentence.map((part, index) =>
        typeof part === 'string' ? part : <code key={index}>{part.name.slice(0, 120)}</code>,
      )}
    </>
  )
}

function Outcome({ facts: { a, b } }: Pick<Props, 'facts'>) {
  if (a.status === b.status && a.isError === b.isError) return null
  return (
    <p>
      A {outcomeOf(a)}, B {outcomeOf(b)}.
    </p>
  )
}

function outcomeOf({ status, isError }: TraceFacts): string {
  const word = isError ? 'failed' : 'did not fail'
  return status ? `${word} (status ${status})` : word
}

/** The deepest failed line that the other trace has without an error: where the failure began. */
function FirstError({
  lens,
  trace,
  lines,
  letter,
}: Omit<Props, 'a' | 'b' | 'facts' | 'summary'> & {
  readonly trace: TraceLenses
  readonly letter: 'A' | 'B'
}) {
  const [own, other] = letter === 'A' ? (['a', 'b'] as const) : (['b', 'a'] as const)
  const failed = inOrder(lines).filter((line) => line[own]?.errors && !line[other]?.errors)
  const deepest = failed.reduce<Line | undefined>(
    (found, line) => (!found || line.depth > found.depth ? line : found),
    undefined,
  )
  const id = deepest?.[own]?.errorId
  if (!deepest || !id) return null
  const text = errorText(trace, lens, id)
  return (
    <p>
      Only {letter} fails in{' '}
      <a href={hrefOf(`trace/${trace.traceId}`, new URLSearchParams({ span: id }).toString())}>
        {shortSql((letter === 'B' && deepest.otherName) || deepest.name)}
      </a>
      {text && `: ${text}`}
    </p>
  )
}

function notesOf({ a, b }: Props['facts'], traceA: TraceLenses, traceB: TraceLenses): Sentence[] {
  const both = [
    ['A', a, traceA],
    ['B', b, traceB],
  ] as const
  return [
    ...(a.name === b.name && a.service === b.service
      ? []
      : [
          [
            'The traces are of different routes: ',
            { name: a.name },
            ` of ${a.service} and `,
            { name: b.name },
            ` of ${b.service}. Their roots are compared as one line, and everything else by its path below them.`,
          ] satisfies Sentence,
        ]),
    ...both.flatMap(([letter, { orphans, inProgress }, { pruned }]): Sentence[] => [
      ...(pruned
        ? [[`Some records of ${letter} have been deleted, so what it lacks may have been there.`]]
        : []),
      ...(orphans > 0
        ? [
            [
              `${plural(orphans, 'span')} of ${letter} ${orphans === 1 ? 'has a parent that has' : 'have parents that have'} not arrived. Their lines are at the top, without the path above them.`,
            ],
          ]
        : []),
      ...(inProgress > 0
        ? [[`${plural(inProgress, 'segment')} of ${letter} in progress: counted, without a duration.`]]
        : []),
    ]),
  ]
}
