import { useEffect, useId, useState } from 'preact/hooks'
import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { DEFAULT_TIME_RANGE_S } from '../../contracts/sandbox/query-words.ts'
import { granularitiesFor, lengthName, localTime, RANGES, unixSeconds } from '../shell/times.ts'
import { Notes, type ShownNote } from './clause.tsx'
import { cleanQuestion, endsNow, withLast, withTimes } from './question.ts'

interface Props {
  readonly question: QueryInput
  /** Of the last answer. */
  readonly range: QueryAnswer['range'] | undefined
  readonly notes: readonly ShownNote[]
  readonly onQuestion: (question: QueryInput) => void
}

/** When the events happened, and how wide a step of the charts is. */
export function TimeRange({ question, range, notes, onQuestion }: Props) {
  const id = useId()
  const isRelative = endsNow(question)
  const length = question.time_range ?? DEFAULT_TIME_RANGE_S
  const { start, end } = timesOf(question)
  const ranges = [...new Set([...RANGES, ...(isRelative ? [length] : [])])].toSorted((a, b) => a - b)
  const seconds = isRelative ? length : end - start
  const granularities = [
    ...new Set([...granularitiesFor(seconds), ...(question.granularity ? [question.granularity] : [])]),
  ].toSorted((a, b) => a - b)
  const described = notes.length > 0 ? `${id}-notes` : undefined
  return (
    <div class="line time-range" role="group" aria-label="Time range">
      <label>
        <span class="sr">Time range</span>
        <select
          aria-describedby={described}
          value={isRelative ? String(length) : 'custom'}
          onChange={({ currentTarget }) =>
            onQuestion(
              currentTarget.value === 'custom'
                ? withTimes(question, start, end)
                : withLast(question, Number(currentTarget.value)),
            )
          }
        >
          {ranges.map((option) => (
            <option key={option} value={String(option)}>
              Last {lengthName(option)}
            </option>
          ))}
          <option value="custom">{isRelative ? 'Custom …' : 'Custom'}</option>
        </select>
      </label>
      {!isRelative && (
        <>
          <Time
            label="Start"
            value={start}
            onTime={(at) => onQuestion(withTimes(question, at, Math.max(end, at + 1)))}
          />
          <span aria-hidden="true">–</span>
          <Time
            label="End"
            value={end}
            onTime={(at) => onQuestion(withTimes(question, Math.min(start, at - 1), at))}
          />
        </>
      )}
      <label>
        <span class="small soft">Granularity </span>
        <select
          aria-describedby={described}
          value={String(question.granularity ?? 0)}
          onChange={({ currentTarget }) =>
            onQuestion(cleanQuestion({ ...question, granularity: Number(currentTarget.value) }))
          }
        >
          <option value="0">
            Auto{range && !question.granularity ? ` (${lengthName(range.granularity)})` : ''}
          </option>
          {granularities.map((option) => (
            <option key={option} value={String(option)}>
              {lengthName(option)}
            </option>
          ))}
        </select>
      </label>
      <Notes id={`${id}-notes`} notes={notes} />
    </div>
  )
}

/** The times that a question means now. */
function timesOf({ start_time, end_time, time_range }: QueryInput): { start: number; end: number } {
  const length = time_range ?? DEFAULT_TIME_RANGE_S
  const now = Math.ceil(Date.now() / 1_000)
  const end = end_time ?? (start_time && time_range ? start_time + time_range : now)
  return { start: start_time ?? end - length, end }
}

interface TimeProps {
  readonly label: string
  readonly value: number
  readonly onTime: (unixSeconds: number) => void
}

function Time({ label, value, onTime }: TimeProps) {
  const [text, setText] = useState(localTime(value))
  useEffect(() => setText(localTime(value)), [value])
  const finish = () => {
    const at = unixSeconds(text)
    if (at === undefined) setText(localTime(value))
    else if (at !== value) onTime(at)
  }
  return (
    <label>
      <span class="sr">{label}, in local time</span>
      <input
        type="datetime-local"
        step={1}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === 'Enter') finish()
        }}
      />
    </label>
  )
}
