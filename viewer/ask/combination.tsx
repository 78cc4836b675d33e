/** AND or OR between filters. */
export function Combination({
  value,
  onPick,
}: {
  readonly value: string
  readonly onPick: (value: 'AND' | 'OR') => void
}) {
  return (
    <label class="combination">
      <span class="sr">Filters are combined with</span>
      <select
        value={value}
        onChange={({ currentTarget }) => onPick(currentTarget.value === 'OR' ? 'OR' : 'AND')}
      >
        <option value="AND">AND</option>
        <option value="OR">OR</option>
      </select>
    </label>
  )
}
