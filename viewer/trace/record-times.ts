import { clock, duration } from '../../analysis/format.ts'
import { lengthOf } from '../../analysis/trace/critical-path.ts'
import type { LensTree } from '../../analysis/trace/lens-tree.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { FieldList } from './fields.tsx'

/** What the record's time says that its fields do not. */
export function timeFacts({ critical, misfitOf }: LensTree, id: string): FieldList {
  const criticalMs = lengthOf(critical.get(id) ?? [])
  const misfit = misfitOf(id)
  return [
    ...(criticalMs > 0 ? [['on the critical path for', duration(criticalMs)] as const] : []),
    ...(misfit ? [[misfit.short, misfit.why] as const] : []),
  ]
}

/** The time of day, and the milliseconds since the trace's start. */
export function began({ originMs }: TraceLenses, { startMs }: { readonly startMs: number }): string {
  return `${clock(originMs + startMs, { milliseconds: true })} (+${duration(startMs)})`
}
