import { useMemo, useState } from 'preact/hooks'
import { endsNow } from '../../analysis/times.ts'
import { calculationsOf, DEFAULT_METRIC_RANGE_S } from '../../contracts/sandbox/metric-words.ts'
import type {
  MetricAnswer,
  MetricEntry,
  MetricList,
  MetricQuestion,
} from '../../contracts/sandbox/metrics.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import { hrefOfQuestion as hrefOfSpans } from '../ask/question-menus.tsx'
import type { ShownNote } from '../clauses/clause.tsx'
import { TimeRange } from '../clauses/time-range.tsx'
import { useRead } from '../shell/api.ts'
import { useKeys } from '../shell/browser.ts'
import { PageHead, Trouble } from '../shell/page-head.tsx'
import { hrefOf, navigate } from '../shell/router.ts'
import { useAnswer } from '../shell/use-answer.ts'
import { useLiveAnswer } from '../shell/use-live-answer.ts'
import { EmptyAnswer } from './empty-answer.tsx'
import { MetricAnswerView } from './metric-answer.tsx'
import { Calculations, MetricClauses } from './metric-clauses.tsx'
import { MetricFoot } from './metric-foot.tsx'
import {
  type AddressedQuestion,
  hrefOfQuestion,
  usualCalculations,
  withCalculation,
  withTimes,
} from './metric-question.ts'
import { isDeleted } from './metric-sort.ts'
import { AllDeleted, Several } from './metric-without-answer.tsx'
import { kindWords, unitWords } from './metric-words.ts'
import { spanQuestion } from './span-question.ts'

/** Metrics are sent every ten seconds at most, usually every minute. */
const LIVE_MS = 10_000
/** How often the attributes are read, with which filters are completed. */
const ATTRIBUTES_MS = 60_000

/** One metric: its charts, filters and groups. The question is in the page's address. */
export function MetricPage({ question, problems }: AddressedQuestion) {
  const list = useRead<MetricList>('sandbox/metrics', ATTRIBUTES_MS)
  const entries = list.value?.metrics.filter((metric) => isMeant(metric, question)) ?? []
  const entry = entries.length === 1 ? entries[0] : undefined
  const asked = useMemo(
    () => (list.value || list.error ? completed(question, entry) : undefined),
    [JSON.stringify(question), entry?.kind, entry?.dataset, entry === undefined, !list.value && !list.error],
  )
  const isAsked = asked !== undefined && entries.length < 2 && !(entry && isDeleted(entry))
  const { answered, issues, trouble, isRunning, isStale, again } = useAnswer<MetricQuestion, MetricAnswer>(
    'sandbox/metrics/query',
    question.dataset ?? '',
    isAsked ? asked : undefined,
    false,
  )
  const ask = (next: MetricQuestion) => navigate(hrefOfQuestion(next))
  const canBeLive = endsNow(question)
  const [isChosenLive, setChosenLive] = useState(true)
  const isLive = canBeLive && isChosenLive
  useLiveAnswer(isLive, LIVE_MS, again)
  useKeys({
    '/': () => document.querySelector<HTMLElement>('[aria-label="Add to WHERE"]')?.focus(),
    Escape: () => navigate(hrefOf('metrics')),
  })

  const answer = answered?.answer
  const metric = entry ?? answer?.metric
  const possible = metric ? calculationsOf(metric) : []
  const chosen = asked?.calculations ?? possible.slice(0, 1)
  const notes: readonly ShownNote[] = issues.map(({ clause, message }) => ({
    clause,
    message: sentence(message),
    isError: true,
  }))
  const isPlaced = ({ clause }: ShownNote) =>
    /^(filters|breakdowns|limit|time_range|start_time|end_time|granularity)/.test(clause)
  const timeNotes = notes.filter(({ clause }) => /^(time_range|start_time|end_time|granularity)/.test(clause))
  const spans = metric && spanQuestion(metric, question)
  return (
    <div class="page metrics">
      <PageHead
        title={question.name.slice(0, 300)}
        about={metric ? `${kindWords(metric)} · ${unitWords(metric)} · ${metric.dataset.slice(0, 200)}` : ''}
        error={list.error}
        onRetry={list.reload}
      >
        <span class="line metric-links">
          {spans && (
            <a href={hrefOfSpans({ dataset: ALL_DATASETS, question: spans })}>The spans behind it, in Ask</a>
          )}
          <a href={hrefOf('metrics')}>All metrics</a>
        </span>
      </PageHead>
      {metric?.description && <p class="soft description">{metric.description.slice(0, 1_000)}</p>}
      {entry?.warnings.map((warning) => (
        <p key={warning} class="note">
          <span aria-hidden="true">⚠ </span>
          {warning.slice(0, 1_000)}.
        </p>
      ))}
      {problems.map((problem) => (
        <p key={problem} class="note" role="alert">
          In the address: {problem}
        </p>
      ))}
      {entries.length > 1 && <Several entries={entries} question={question} />}
      {entry && isDeleted(entry) && <AllDeleted entry={entry} />}
      {entries.length < 2 && !(entry && isDeleted(entry)) && (
        <>
          <section class="card builder" aria-label="The question">
            <div class="line builder-head">
              <TimeRange
                times={question}
                usual={DEFAULT_METRIC_RANGE_S}
                range={answer?.range}
                notes={timeNotes}
                onTimes={(times) => ask(withTimes(question, times))}
              />
              <div class="line builder-run">
                <button
                  type="button"
                  aria-pressed={isLive}
                  disabled={!canBeLive}
                  title="Read again every 10 seconds. Only for time ranges that end now"
                  onClick={() => setChosenLive(!isChosenLive)}
                >
                  Live
                </button>
              </div>
            </div>
            {metric && (
              <Calculations
                {...{ metric, possible, chosen }}
                onToggle={(calculation) =>
                  ask({ ...question, calculations: withCalculation(chosen, calculation, possible) })
                }
              />
            )}
            <MetricClauses
              question={question}
              attributes={entry?.attributes ?? []}
              notes={notes}
              onQuestion={ask}
            />
          </section>
          <Trouble text={sentence(trouble)} onRetry={again} />
          {notes
            .filter((note) => !isPlaced(note))
            .map(({ clause, message }) => (
              <p key={clause} class="note" role="alert">
                <b class="mono">{clause}</b> {message}.
              </p>
            ))}
          {answer && issues.length > 0 && (
            <p class="note" role="status">
              The answer below belongs to the previous question.
            </p>
          )}
          {answered && answer && (
            <>
              {answer.warnings.map((warning) => (
                <p key={warning} class="note">
                  {sentence(warning)}.
                </p>
              ))}
              {answer.points === 0 && (
                <EmptyAnswer question={answered.question} answer={answer} entry={entry} onQuestion={ask} />
              )}
              {answer.groups.some(({ values }) =>
                Object.values(values).some((line) => line.some((one) => one !== null)),
              ) && (
                <MetricAnswerView
                  question={{
                    ...answered.question,
                    calculations: answered.question.calculations ?? [...chosen],
                  }}
                  answer={answer}
                  onQuestion={(next) => ask(withAddressed(next, question))}
                />
              )}
              <MetricFoot answer={answer} isUpdating={isRunning && isStale} />
            </>
          )}
          {!answer && isRunning && <p class="soft asking">Asking …</p>}
        </>
      )}
    </div>
  )
}

function isMeant(metric: MetricEntry, { name, dataset, kind }: MetricQuestion): boolean {
  return (
    metric.name === name &&
    metric.dataset === (dataset ?? metric.dataset) &&
    metric.kind === (kind ?? metric.kind)
  )
}

/** With what the address leaves to the page. */
function completed(question: MetricQuestion, entry: MetricEntry | undefined): MetricQuestion {
  if (!entry) return question
  const { dataset, kind } = entry
  const usual = usualCalculations(entry)
  const calculations = question.calculations ?? [...usual]
  return { ...question, dataset, kind, ...(calculations.length > 0 && { calculations }) }
}

/** A changed question, without what the address had left to the page. */
function withAddressed(
  next: MetricQuestion,
  { calculations, dataset, kind }: MetricQuestion,
): MetricQuestion {
  const { calculations: _, dataset: __, kind: ___, ...rest } = next
  return {
    ...rest,
    ...(calculations && { calculations }),
    ...(dataset && { dataset }),
    ...(kind && { kind }),
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}`
}
