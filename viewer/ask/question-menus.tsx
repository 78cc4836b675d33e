import { useEffect, useRef, useState } from 'preact/hooks'
import { csvOf } from '../../analysis/questions/csv.ts'
import { cleanQuestion, questionSearch } from '../../analysis/questions/question.ts'
import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { honeycombQueryLink } from '../../contracts/trace-links.ts'
import { copy } from '../shell/browser.ts'
import { Disclosure } from '../shell/disclosure.tsx'
import { providers } from '../shell/providers.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { fitted, useAges } from './fitting-range.ts'
import { deleteQuestion, savedQuestions, saveQuestion } from './saved-questions.ts'
import { SpecificationForm } from './specification-form.tsx'
import { type NamedQuestion, STARTERS } from './starters.ts'

interface Props {
  readonly dataset: string
  readonly question: QueryInput | undefined
  readonly answer: QueryAnswer | undefined
}

/** What can be done with the whole question: choose another, keep it, copy it, ask it at Honeycomb. */
export function QuestionMenus({ dataset, question, answer }: Props) {
  return (
    <div class="line question-menus">
      <Disclosure name="Questions">{(close) => <Questions dataset={dataset} close={close} />}</Disclosure>
      <Disclosure name="Save" disabled={!question}>
        {(close) => question && <Save {...{ dataset, question, close }} />}
      </Disclosure>
      <Disclosure name="Copy" disabled={!question}>
        {() => question && <Copies {...{ dataset, question, answer }} />}
      </Disclosure>
      {question && <HoneycombLink {...{ dataset, question }} />}
    </div>
  )
}

export function hrefOfQuestion({ dataset, question }: Omit<NamedQuestion, 'name'>): string {
  return hrefOf('ask', questionSearch(dataset, question))
}

interface QuestionsProps {
  readonly dataset: string
  readonly close: () => void
}

function Questions({ dataset, close }: QuestionsProps) {
  const [isPasting, setPasting] = useState(false)
  const own = savedQuestions.value
  const ages = useAges()
  if (isPasting) {
    return (
      <SpecificationForm
        title="A Query Specification as JSON"
        text=""
        problem=""
        onQuestion={(question) => {
          close()
          navigate(hrefOfQuestion({ dataset, question }))
        }}
      />
    )
  }
  return (
    <>
      {own.length > 0 && (
        <>
          <h2>Saved</h2>
          <ul>
            {own.map((saved) => (
              <li key={saved.name} class="saved">
                <a class="cut" href={hrefOfQuestion(saved)} onClick={close}>
                  {saved.name}
                </a>
                <button
                  type="button"
                  class="chip-button"
                  aria-label={`Delete ${saved.name}`}
                  onClick={({ currentTarget }) => {
                    const next = currentTarget.closest('li')?.nextElementSibling?.querySelector('a')
                    deleteQuestion(saved.name)
                    if (next) next.focus()
                    else close()
                  }}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>To begin with</h2>
      <ul>
        {STARTERS.map((starter) => (
          <li key={starter.name}>
            <a href={hrefOfQuestion(fitted(starter, ages))} title={starter.about} onClick={close}>
              {starter.name}
            </a>
          </li>
        ))}
      </ul>
      <button type="button" class="link" onClick={() => setPasting(true)}>
        Paste a specification
      </button>
    </>
  )
}

interface SaveProps {
  readonly dataset: string
  readonly question: QueryInput
  readonly close: () => void
}

function Save({ dataset, question, close }: SaveProps) {
  const [name, setName] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const isKnown = savedQuestions.value.some((saved) => saved.name === name.trim())
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!name.trim()) return
        saveQuestion({ name: name.trim(), dataset, question: cleanQuestion(question) })
        close()
      }}
    >
      <label>
        Name of the question
        <input
          ref={field}
          type="text"
          maxLength={120}
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
      <button type="submit">{isKnown ? 'Replace' : 'Save'}</button>
      <p class="soft small">In this browser only.</p>
    </form>
  )
}

function Copies({ dataset, question, answer }: Props & { readonly question: QueryInput }) {
  const [done, setDone] = useState('')
  const [refused, setRefused] = useState('')
  const button = (name: string, text: () => string) => (
    <li>
      <button
        type="button"
        class="link"
        onClick={async () => {
          const copied = await copy(text())
          setDone(copied ? `Copied: ${name}` : '')
          setRefused(copied ? '' : text())
        }}
      >
        {name}
      </button>
    </li>
  )
  return (
    <>
      <ul>
        {button('Question as JSON', () => JSON.stringify(cleanQuestion(question), null, 2))}
        {answer && button('Results as CSV', () => csvOf(question, answer))}
        {button('Link', () => new URL(hrefOfQuestion({ dataset, question }), location.href).href)}
      </ul>
      {refused && (
        <label class="small">
          The browser does not allow copying here. Copy the text from this field:
          <textarea
            readOnly
            rows={6}
            value={refused}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        </label>
      )}
      <p class="soft small" role="status">
        {done}
      </p>
    </>
  )
}

/** The same question at a live Honeycomb. */
function HoneycombLink({ dataset, question }: { readonly dataset: string; readonly question: QueryInput }) {
  const honeycomb = providers.value?.honeycomb
  if (honeycomb?.mode !== 'live' || !honeycomb.live) return null
  const link = honeycombQueryLink({ ...honeycomb.live, dataset }, cleanQuestion(question))
  if (!link) return null
  return (
    <a class="button" href={link} target="_blank" rel="noreferrer">
      Open in Honeycomb
    </a>
  )
}
