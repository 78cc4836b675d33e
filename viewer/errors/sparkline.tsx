import { plural } from '../shell/format.ts'

const HEIGHT = 26

/** A bar for each of equal stretches of time. */
export function Sparkline({ values, about }: { readonly values: readonly number[]; readonly about: string }) {
  const most = Math.max(1, ...values)
  const total = values.reduce((sum, value) => sum + value, 0)
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${values.length * 4} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${about}: ${plural(total, 'in all', 'in all')}, at most ${most} in one stretch`}
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
