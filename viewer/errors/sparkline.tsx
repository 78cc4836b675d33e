import { count } from '../shell/format.ts'

const HEIGHT = 26

/** One bar for each value. The values belong to consecutive periods of equal length. */
export function Sparkline({ values, about }: { readonly values: readonly number[]; readonly about: string }) {
  const most = Math.max(1, ...values)
  const total = values.reduce((sum, value) => sum + value, 0)
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${values.length * 4} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${about}: ${count(total)} in all, at most ${most} in one bar`}
    >
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(3, (value / most) * HEIGHT)
        return (
          <rect
            key={index}
            class={value === 0 ? 'none' : ''}
            x={index * 4}
            y={HEIGHT - height}
            width="3"
            height={height}
          />
        )
      })}
    </svg>
  )
}
