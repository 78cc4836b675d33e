import { plural } from '../../analysis/format.ts'
import { lengthName, timesInWords } from '../../analysis/times.ts'
import type { MetricAnswer } from '../../contracts/sandbox/metrics.ts'

const DATA_MODEL = 'https://opentelemetry.io/docs/specs/otel/metrics/data-model/'

interface Props {
  readonly answer: MetricAnswer
  readonly isUpdating: boolean
}

/** What the answer was made of, and where its rules are written. */
export function MetricFoot({ answer: { points, range }, isUpdating }: Props) {
  return (
    <p class="line answer-foot soft small">
      <span>{plural(points, 'point')}</span>
      <span>
        {timesInWords(range.start, range.end)}, by {lengthName(range.granularity)}
      </span>
      <span>
        The rules: <code>docs/metrics.md</code>; the words:{' '}
        <a href={DATA_MODEL}>OpenTelemetry’s data model</a>
      </span>
      <span class="updating" role="status">
        {isUpdating ? 'Updating' : ''}
      </span>
    </p>
  )
}
