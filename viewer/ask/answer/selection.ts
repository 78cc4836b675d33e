import type { Selection } from '../../../contracts/sandbox/query.ts'
import type { Area } from '../../charts/area.ts'

/** The selection of a BubbleUp, which includes its highest value. */
export function selectionOf({ column, start, end, min, max, hasMax }: Area): Selection {
  return { column, start_time: start, end_time: end, min, max: hasMax ? max : justBelow(max) }
}

/** The next lower number. */
function justBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n))
  return view.getFloat64(0)
}
