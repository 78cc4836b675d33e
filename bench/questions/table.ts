import { median } from '../overhead/statistics.ts'

/** A target that is missed by more than this factor makes the run fail; a busy machine misses some by less. */
export const FAR = 1.5

export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'MB' | 'µs' | '%'
  readonly value: number
  /** Besides the value: the largest one, or what it was compared with. */
  readonly note: string
  /** At most. Undefined where there is none. */
  readonly target?: number | undefined
}

/** A figure whose value is the median. */
export function medianFigure(
  name: string,
  values: readonly number[],
  target: number | undefined,
  unit: Figure['unit'] = 'ms',
): Figure {
  const note = `max ${Math.max(...values).toFixed(1)} of ${values.length}`
  return { name, unit, value: median(values), note, target }
}

export function isMissedByFar({ value, target }: Figure): boolean {
  return target !== undefined && value > target * FAR
}

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map(({ name, unit, value, note, target }) => {
    const wanted = target === undefined ? '' : `≤ ${target} ${unit}`
    const verdict = target === undefined ? '' : value <= target ? '✓' : '✗'
    return [name, `${value.toFixed(1)} ${unit}`, note, wanted, verdict]
  })
  const header = ['', 'median', '', 'target', '']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  console.log()
  for (const row of [header, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    console.log(cells.join('  ').trimEnd())
  }
}
