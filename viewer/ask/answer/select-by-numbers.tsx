import { useEffect, useId, useState } from 'preact/hooks'
import type { Heatmap, QueryAnswer } from '../../../contracts/sandbox/query.ts'
import type { Area } from '../../charts/area.ts'
import { areaOfFields, type Fields, fieldsOf } from './area-fields.ts'

interface Props {
  readonly heatmap: Heatmap
  readonly range: QueryAnswer['range']
  readonly area: Area | undefined
  readonly onSelect: (area: Area) => void
}

/** The fields of a selection: the plain alternative to drawing one. */
export function SelectByNumbers({ heatmap, range, area, onSelect }: Props) {
  const id = useId()
  const fields = () => fieldsOf(heatmap, range, area)
  const [typed, setTyped] = useState(fields)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    setTyped(fields())
    setProblem('')
  }, [heatmap, area])

  const submit = () => {
    const next = areaOfFields(typed, heatmap.column)
    setProblem(typeof next === 'string' ? next : '')
    if (typeof next !== 'string') onSelect(next)
  }
  const field = (name: keyof Fields, label: string, attributes: Record<string, string>) => (
    <label>
      <span class="soft">{label}</span>
      <input
        {...attributes}
        value={typed[name]}
        onInput={({ currentTarget }) => setTyped({ ...typed, [name]: currentTarget.value })}
        aria-describedby={problem ? `${id}-problem` : undefined}
      />
    </label>
  )
  return (
    <details class="by-numbers">
      <summary class="soft small">Select by numbers</summary>
      <form
        class="line"
        aria-label={`Select a part of the heatmap of ${heatmap.column}`}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {field('start', 'Time from', { type: 'datetime-local', step: '1' })}
        {field('end', 'to', { type: 'datetime-local', step: '1' })}
        {field('min', `${heatmap.column} from`, { type: 'text', inputMode: 'decimal' })}
        {field('max', 'to', { type: 'text', inputMode: 'decimal' })}
        <button type="submit">Compare with the rest</button>
        {problem && (
          <span id={`${id}-problem`} class="bad" role="alert">
            {problem}
          </span>
        )}
      </form>
    </details>
  )
}
