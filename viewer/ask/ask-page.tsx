import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { count, plural } from '../../analysis/format.ts'
import { clauseText } from '../../analysis/questions/clause-text.ts'
import { isSameQuestion, questionAt, withoutClause, withTimes } from '../../analysis/questions/question.ts'
import { endsNow } from '../../analysis/times.ts'
import type { ClauseNote, QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, DEFAULT_TIME_RANGE_S } from '../../contracts/sandbox/query-words.ts'
import type { ShownNote } from '../clauses/clause.tsx'
import { TimeRange } from '../clauses/time-range.tsx'
import { useKeys } from '../shell/browser.ts'
import { PageHead, Trouble } from '../shell/page-head.tsx'
import { navigate, query } from '../shell/router.ts'
import { type Answered, useAnswer } from '../shell/use-answer.ts'
import { useLiveAnswer } from '../shell/use-live-answer.ts'
import { AnswerView } from './answer/answer-view.tsx'
import { Builder } from './builder.tsx'
import { FirstQuestions, NoData } from './first-questions.tsx'
import { hrefOfQuestion, QuestionMenus } from './question-menus.tsx'
import { SpecificationForm } from './specification-form.tsx'
import { useColumns } from './use-columns.ts'

/** The clauses that have a place in the builder, where their issues are shown. */
const PLACES: readonly string[] = [
  'calculations',
  'filters',
  'filter_combination',
  'breakdowns',
  'orders',
  'limit',
  'havings',
  'calculated_fields',
  'time_range',
  'start_time',
  'end_time',
  'granularity',
]

const LIVE_MS = 5_000
/** The longest time range whose answer is live unless the user switches that off. s */
const MAX_LIVE_RANGE_S = 600

/** Questions to the stored events, in Honeycomb's words. The question is in the page's address. */
export function AskPage() {
  const { dataset, question, problem, text } = questionAt(query.value)
  const [draft, setDraft] = useState<QueryInput>()
  const address = query.value.toString()
  useEffect(() => setDraft(undefined), [address])
  const asked = draft ?? question
  const { answered, issues, trouble, isRunning, isStale, again } = useAnswer<QueryInput, QueryAnswer>(
    `sandbox/query?dataset=${encodeURIComponent(dataset)}`,
    dataset,
    asked,
    draft !== undefined,
  )
  const answer = answered?.answer
  const completion = useColumns(dataset)

  const ask = (next: QueryInput, of = dataset) => {
    setDraft(undefined)
    // What was typed may be what the address has already.
    if (of === dataset && question && isSameQuestion(next, question)) return
    navigate(hrefOfQuestion({ dataset: of, question: next }))
  }
  const run = () => (question ? again() : ask(draft ?? {}))
  useKeys({ '/': () => document.querySelector<HTMLElement>('[aria-label="Add to WHERE"]')?.focus() })

  const canBeLive = asked !== undefined && endsNow(asked)
  const [chosenLive, setChosenLive] = useState<boolean>()
  const isLive = canBeLive && (chosenLive ?? (asked.time_range ?? DEFAULT_TIME_RANGE_S) <= MAX_LIVE_RANGE_S)
  useLiveAnswer(isLive, LIVE_MS, again)

  const warnings = isStale ? [] : (answer?.warnings ?? [])
  const notes: readonly ShownNote[] = [
    ...issues.map((note) => ({ ...sentence(note), isError: true })),
    ...warnings.map((note) => ({ ...sentence(note), isError: false })),
  ]
  const placed = issues.filter(({ clause }) => PLACES.includes(clause.split('.')[0] ?? ''))
  const timeNotes = notes.filter(({ clause }) => /^(time_range|start_time|end_time|granularity)/.test(clause))
  const isEmptySandbox = completion.list?.rows === 0 && dataset === ALL_DATASETS
  // The same element as before is not rendered again: a key press does not wait for the charts.
  const latest = useRef(ask)
  latest.current = ask
  const isUpdating = isStale && isRunning
  const view = useMemo(
    () => answered && <Answer {...answered} isStale={isUpdating} onChange={(next) => latest.current(next)} />,
    [answered, isUpdating],
  )
  if (isEmptySandbox && !question && !problem) {
    return (
      <div class="page ask">
        <PageHead title="Ask" about="Questions about every stored event" error={completion.error} />
        <NoData />
      </div>
    )
  }
  return (
    <div class="page ask">
      <PageHead title="Ask" about="Questions about every stored event" error="">
        <QuestionMenus {...{ dataset, question: asked, answer }} />
      </PageHead>
      {problem && (
        <section class="card">
          <SpecificationForm
            key={text}
            title="The question in the address cannot be read"
            {...{ text, problem }}
            onQuestion={ask}
          />
        </section>
      )}
      {!problem && (
        <section
          class="card builder"
          aria-label="The question"
          onKeyDown={(event) => {
            // As in Honeycomb.
            if (event.key === 'Enter' && event.shiftKey) run()
          }}
        >
          <div class="line builder-head">
            <Datasets
              value={dataset}
              list={completion.list?.datasets ?? []}
              onPick={(next) => navigate(hrefOfQuestion({ dataset: next, question: question ?? {} }))}
            />
            <TimeRange
              times={asked ?? {}}
              usual={DEFAULT_TIME_RANGE_S}
              range={answer?.range}
              notes={timeNotes}
              onTimes={(times) => ask(withTimes(asked ?? {}, times))}
            />
            <div class="line builder-run">
              <button
                type="button"
                aria-pressed={isLive}
                disabled={!canBeLive}
                title="Ask again every 5 seconds. Only for time ranges that end now"
                onClick={() => setChosenLive(!isLive)}
              >
                Live
              </button>
              <button type="button" class="run" onClick={run} title="Shift + Enter">
                Run Query
              </button>
            </div>
          </div>
          <Builder
            question={question ?? {}}
            completion={completion}
            notes={notes}
            onDraft={setDraft}
            onQuestion={ask}
          />
        </section>
      )}
      <Trouble text={trouble || completion.error} onRetry={trouble ? again : undefined} />
      {(placed.length > 0 || (issues.length > 0 && answer)) && !draft && (
        <p class="note" role="status">
          {answer ? 'The answer below belongs to the previous question. ' : ''}
          {placed.length > 0 &&
            `${plural(placed.length, 'clause')} above ${placed.length === 1 ? 'needs' : 'need'} a correction.`}
        </p>
      )}
      <Unplaced
        issues={issues.filter((issue) => issue.clause !== '' && !placed.includes(issue))}
        onRemove={(path) => ask(withoutClause(asked ?? {}, path))}
      />
      {view}
      {asked && !answer && isRunning && <p class="soft asking">Asking …</p>}
      {!asked && !problem && (isEmptySandbox ? <NoData /> : <FirstQuestions />)}
    </div>
  )
}

interface UnplacedProps {
  readonly issues: readonly ClauseNote[]
  readonly onRemove: (clause: string) => void
}

/** What is wrong with clauses that the builder does not have, as Honeycomb's newer ones. */
function Unplaced({ issues, onRemove }: UnplacedProps) {
  return (
    <>
      {issues.map(({ clause, message }) => (
        <p key={clause} class="note line" role="alert">
          <span>
            <b class="mono">{clause}</b> {message}.
          </span>
          <button type="button" aria-label={`Remove ${clause}`} onClick={() => onRemove(clause)}>
            Remove
          </button>
        </p>
      ))}
    </>
  )
}

/** The sandbox's messages follow a clause's name; here they stand alone. */
function sentence({ clause, message }: ClauseNote): ClauseNote {
  return { clause, message: message.charAt(0).toUpperCase() + message.slice(1) }
}

interface DatasetsProps {
  readonly value: string
  readonly list: readonly { readonly slug: string; readonly name: string; readonly rows: number }[]
  readonly onPick: (slug: string) => void
}

function Datasets({ value, list, onPick }: DatasetsProps) {
  const isKnown = value === ALL_DATASETS || list.some(({ slug }) => slug === value)
  return (
    <label class="dataset">
      <span class="sr">Dataset</span>
      <select value={value} onChange={({ currentTarget }) => onPick(currentTarget.value)}>
        <option value={ALL_DATASETS}>All datasets</option>
        {!isKnown && <option value={value}>{value}</option>}
        {list.map(({ slug, name, rows }) => (
          <option key={slug} value={slug}>
            {name} ({count(rows)})
          </option>
        ))}
      </select>
    </label>
  )
}

interface AnswerProps extends Answered<QueryInput, QueryAnswer> {
  readonly isStale: boolean
  readonly onChange: (next: QueryInput) => void
}

/** An answer with the question that it answers, which is an older one than in the builder while that is being changed. */
function Answer({ dataset, question, answer, isStale, onChange }: AnswerProps) {
  const { emptiedBy } = answer
  return (
    <>
      {emptiedBy && (
        <p class="note line emptied" role="status">
          <span>
            {emptiedBy.clause ? (
              <>
                <b class="mono">{clauseText(question, emptiedBy.clause)}</b>: {emptiedBy.message}
              </>
            ) : (
              sentence(emptiedBy).message
            )}
            .
          </span>
          {emptiedBy.clause && (
            <button type="button" onClick={() => onChange(withoutClause(question, emptiedBy.clause))}>
              Remove this clause
            </button>
          )}
        </p>
      )}
      <AnswerView {...{ dataset, question, answer, isStale, onChange }} />
    </>
  )
}
