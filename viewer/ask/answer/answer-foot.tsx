import { plural } from '../../../analysis/format.ts'
import { formatNumber } from '../../../analysis/questions/values.ts'
import { lengthName, timesInWords } from '../../../analysis/times.ts'
import type { QueryAnswer } from '../../../contracts/sandbox/query.ts'

interface Props {
  readonly answer: QueryAnswer
  readonly hasGroups: boolean
  readonly isStale: boolean
}

/** What the answer was made of. */
export function AnswerFoot({ answer, hasGroups, isStale }: Props) {
  const { rows, stored, groupCount, elapsedMs, range } = answer
  const length = lengthName(range.end - range.start)
  const shown = answer.results.length
  return (
    <p class="line answer-foot soft small">
      <span>
        {formatNumber(rows, 'count')} of {plural(stored, 'stored event')} matched
      </span>
      {hasGroups && (
        <span>
          {plural(groupCount, 'group')}
          {shown < groupCount && `, ${formatNumber(shown, 'count')} of them shown`}
        </span>
      )}
      <span title="An event counts as often as its sample rate, but once in COUNT_DISTINCT, MIN and MAX, in a comparison, and in this line">
        calculations are weighted by sample rate
      </span>
      <span>{formatNumber(elapsedMs, 'ms')}</span>
      <span>
        {timesInWords(range.start, range.end)} ({length}), by {lengthName(range.granularity)}
      </span>
      <span class="updating" role="status">
        {isStale ? 'Updating' : ''}
      </span>
    </p>
  )
}
