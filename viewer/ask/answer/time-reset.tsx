import { useRef } from 'preact/hooks'
import { cleanQuestion } from '../../../analysis/questions/question.ts'
import { timesInWords } from '../../../analysis/times.ts'
import type { QueryInput } from '../../../contracts/sandbox/query.ts'

interface Props {
  readonly question: QueryInput
  readonly onChange: (next: QueryInput) => void
}

/** The way out of a time that was zoomed into: back to the last one that ended now. */
export function TimeReset({ question, onChange }: Props) {
  const { start_time, end_time, time_range, granularity, ...rest } = question
  const before = useRef<Pick<QueryInput, 'time_range' | 'granularity'>>({})
  const isFixed = typeof start_time === 'number' && typeof end_time === 'number'
  if (!isFixed) {
    before.current = { time_range, granularity }
    return null
  }
  return (
    <p class="line time-reset">
      <span class="soft">{timesInWords(start_time, end_time)}</span>
      <button type="button" onClick={() => onChange(cleanQuestion({ ...rest, ...before.current }))}>
        Reset time
      </button>
    </p>
  )
}
