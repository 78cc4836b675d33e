import { useState } from 'preact/hooks'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import { providers } from '../shell/providers.ts'
import { parseQuestion } from './question.ts'
import { hrefOfQuestion } from './question-menus.tsx'
import { STARTERS } from './starters.ts'

/** For a sandbox without events. */
export function NoData() {
  const isLive = providers.value?.honeycomb.mode === 'live'
  return (
    <div class="empty">
      <h2>No event is stored yet</h2>
      {isLive ? (
        <p>
          Honeycomb is live: its events go there, not to this sandbox. Without <code>HONEYCOMB_API_KEY</code>{' '}
          they are stored here, and this page answers questions about them offline.
        </p>
      ) : (
        <>
          <p>
            This page answers questions about stored spans and log records. Send some, a minute of traffic
            over all routes:
          </p>
          <pre>npm run load</pre>
        </>
      )}
    </div>
  )
}

/** Questions to begin with, for a page without one. */
export function FirstQuestions() {
  return (
    <section class="first-questions" aria-labelledby="first-questions">
      <h2 id="first-questions">Begin with a question</h2>
      <p class="soft">
        SELECT chooses what to calculate, WHERE which events count, GROUP BY how to divide them. An event is a
        span or a log record, with its attributes as columns. The answer changes as you type.
      </p>
      <ul class="cards starters">
        {STARTERS.map((starter) => (
          <li key={starter.name} class="card">
            <a href={hrefOfQuestion(starter)}>{starter.name}</a>
            <p class="soft small">{starter.about}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface WrongProps {
  /** As in the address. */
  readonly text: string
  readonly problem: string
  readonly onQuestion: (question: QueryInput) => void
}

/** A question in the address that cannot be read. It can be corrected. */
export function WrongQuestion({ text, problem, onQuestion }: WrongProps) {
  const [typed, setTyped] = useState(text)
  const [now, setNow] = useState(problem)
  return (
    <form
      class="card wrong-question"
      onSubmit={(event) => {
        event.preventDefault()
        const read = parseQuestion(typed)
        if (read.question) onQuestion(read.question)
        else setNow(read.problem)
      }}
    >
      <h2 id="wrong-question">The question in the address cannot be read</h2>
      <p class="bad" id="wrong-question-why" role="alert">
        {now}
      </p>
      <textarea
        class="mono"
        rows={6}
        spellcheck={false}
        aria-labelledby="wrong-question"
        aria-describedby="wrong-question-why"
        aria-invalid="true"
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <div class="line">
        <button type="submit">Ask this</button>
        <button type="button" class="link" onClick={() => onQuestion({})}>
          Begin again
        </button>
      </div>
    </form>
  )
}
