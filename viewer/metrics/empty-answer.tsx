import { ago, clock } from '../../analysis/format.ts'
import { timesBetween } from '../../analysis/times.ts'
import type { MetricAnswer, MetricEntry, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { cleanQuestion, metricFilterText, withTimes } from './metric-question.ts'

/** Before and after the last point, where the range has none. s */
const AROUND_S = 1_800

interface Props {
  readonly question: MetricQuestion
  readonly answer: Pick<MetricAnswer, 'emptiedBy'>
  readonly entry: MetricEntry | undefined
  readonly onQuestion: (question: MetricQuestion) => void
}

/** Why an answer has no points: the filter that left none, or the time range. */
export function EmptyAnswer({ question, answer: { emptiedBy }, entry, onQuestion }: Props) {
  const filter = emptiedBy === null ? undefined : question.filters?.[emptiedBy]
  if (filter) {
    return (
      <p class="note line emptied" role="status">
        <span>
          <b class="mono">{metricFilterText(filter).slice(0, 300)}</b>: no time series{' '}
          {emptiedBy === 0 ? 'of this metric matches' : 'that is left by the filters before it matches'}.
        </span>
        <button
          type="button"
          onClick={() =>
            onQuestion(
              cleanQuestion({ ...question, filters: question.filters?.toSpliced(emptiedBy ?? 0, 1) ?? [] }),
            )
          }
        >
          Remove this filter
        </button>
      </p>
    )
  }
  const lastMs = entry?.last?.atMs
  return (
    <p class="note line emptied" role="status">
      <span>
        No point in this time range
        {question.filters ? ' matches the filters' : ''}.
        {lastMs !== undefined && ` The metric’s last one is of ${clock(lastMs)}, ${ago(lastMs)}.`}
      </span>
      {lastMs !== undefined && (
        <button
          type="button"
          onClick={() =>
            onQuestion(withTimes(question, timesBetween(lastMs / 1_000 - AROUND_S, lastMs / 1_000 + 60)))
          }
        >
          Show that time
        </button>
      )}
    </p>
  )
}
