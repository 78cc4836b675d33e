import { expect } from 'vitest'
import type { Usage } from './inspector.ts'

const MIB = 1024 * 1024
/** What a process may grow by in the second half of a run, by a line fitted through the readings. */
const MAX_GROWTH: Readonly<Record<keyof Usage, number>> = {
  heap: 3 * MIB,
  buffers: 4 * MIB,
  rss: 24 * MIB,
  resources: 6,
  descriptors: 6,
}
const KINDS = Object.keys(MAX_GROWTH) as (keyof Usage)[]

/** Checks that a process has not grown in the second half of its readings. */
export function expectNoGrowth(name: string, readings: readonly Usage[]): void {
  for (const kind of KINDS) {
    const growth = growthOf(readings.map((reading) => reading[kind] ?? 0))
    expect(growth, `${kind} of ${name} in the second half`).toBeLessThan(MAX_GROWTH[kind])
  }
}

/** A Markdown table of readings by process, each of which was made right after a garbage collection. */
export function growthTable<Name extends string>(
  names: readonly Name[],
  usage: readonly Readonly<Record<Name, Usage>>[],
): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1)
  const rows = names.map((name) => {
    const series = (kind: keyof Usage, show: (value: number) => string = String) => {
      const values = usage.map((all) => all[name][kind] ?? 0)
      const some = [values[0] ?? 0, values[Math.floor(values.length / 2)] ?? 0, values.at(-1) ?? 0]
      return `${some.map(show).join(' → ')} (${show(Math.round(growthOf(values) * 10) / 10)})`
    }
    const cells = [series('rss', mib), series('heap', mib), series('buffers', mib)]
    return `| ${[name, ...cells, series('descriptors'), series('resources')].join(' | ')} |`
  })
  return [
    'First → half → last (rise of a line through the second half)',
    '',
    '| process | resident MiB | heap MiB | buffers MiB | descriptors | resources |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** How much a line through the second half of the readings rises from its first to its last (least squares). */
function growthOf(all: readonly number[]): number {
  const values = all.slice(Math.floor(all.length / 2))
  if (values.length < 2) return 0
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const covariance = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0)
  const variance = values.reduce((sum, _value, index) => sum + (index - middle) ** 2, 0)
  return (covariance / variance) * (values.length - 1)
}
