import { useEffect, useId, useState } from 'preact/hooks'
import type { Range } from '../../analysis/questions/lines.ts'
import {
  endsNow,
  granularitiesFor,
  lengthName,
  localTime,
  RANGES,
  type Times,
  timesBetween,
  unixSeconds,
} from '../../analysis/times.ts'
import { Notes, type ShownNote } from './clause.tsx'

interface Props {
  readonly times: Times
  /** The length of a range without times. s */
  readonly usual: number
  /** Of the last answer. */
  readonly range: Range | undefined
  readonly notes: readonly ShownNote[]
  readonly onTimes: (times: Times) => void
}

/** When the events happened, and how wide a step of the charts is. */
export function TimeRange({ times, usual, range, notes, onTimes }: Props) {
  const id = useId()
  const isRelative = endsNow(times)
  const length = times.time_range ?? usual
  const { start, end } = startAndEnd(times, usual)
  const ranges = [...new Set([...RANGES, ...(isRelative ? [length] : [])])].toSorted((a, b) => a - b)
  const seconds = isRelative ? length : end - start
  const granularities = [
    ...new Set([...granularitiesFor(seconds), ...(times.granularity ? [times.granularity] : [])]),
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
            onTimes(
              currentTarget.value === 'custom'
                ? timesBetween(start, end)
                : { time_range: Number(currentTarget.value) },
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
            onTime={(at) => onTimes(timesBetween(at, Math.max(end, at + 1)))}
          />
          <span aria-hidden="true">–</span>
          <Time label="End" value={end} onTime={(at) => onTimes(timesBetween(Math.min(start, at - 1), at))} />
        </>
      )}
      <label>
        <span class="small soft">Granularity </span>
        <select
          aria-describedby={described}
          value={String(times.granularity ?? 0)}
          onChange={({ currentTarget }) => onTimes(withGranularity(times, Number(currentTarget.value)))}
        >
          <option value="0">
            Auto{range && !times.granularity ? ` (${lengthName(range.granularity)})` : ''}
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

function withGranularity({ start_time, end_time, time_range }: Times, granularity: number): Times {
  return { start_time, end_time, time_range, granularity }
}

/** The times that a question means now. */
function startAndEnd(
  { start_time, end_time, time_range }: Times,
  usual: number,
): { start: number; end: number } {
  const length = time_range ?? usual
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
