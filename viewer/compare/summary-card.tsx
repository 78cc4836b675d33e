import { type Comparison, type FirstError, NOT_COMPARABLE } from '../../analysis/compare/comparison.ts'
import type { Sentence } from '../../analysis/compare/summary.ts'
import { hrefOf } from '../shell/router.ts'

/** The comparison in sentences, and what a reader has to know to trust it. */
export function Summary({ summary, outcome, errors, notes }: Comparison) {
  return (
    <section class="card compare-summary" aria-labelledby="summary-title">
      <h2 id="summary-title">What differs</h2>
      {summary.map((sentence, index) => (
        <p key={index} class={index === 0 ? 'compare-first' : ''}>
          <Text sentence={sentence} />
        </p>
      ))}
      {outcome && <p>{outcome}</p>}
      {errors.map((error) => (
        <OnlyOneFails key={error.letter} {...error} />
      ))}
      {notes.map((note, index) => (
        <p key={index} class="soft">
          <Text sentence={note} />
        </p>
      ))}
    </section>
  )
}

/** In place of the comparison where the traces have no lens in common. */
export function NotComparable() {
  return <p class="note">{NOT_COMPARABLE}</p>
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

function OnlyOneFails({ letter, traceId, spanId, name, message }: FirstError) {
  return (
    <p>
      Only {letter} fails in{' '}
      <a href={hrefOf(`trace/${traceId}`, new URLSearchParams({ span: spanId }).toString())}>{name}</a>
      {message && `: ${message}`}
    </p>
  )
}
