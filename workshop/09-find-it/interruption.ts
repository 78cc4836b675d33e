import type { Planting } from '../../contracts/planting.ts'
import type { CheckContext } from '../context.ts'
import type { Objection } from './named-span.ts'

export const PLANT = 'npm run workshop -- plant'

/**
 * Why the backend may have other faults than those of the record, by which the check would judge: `plant` ended before the
 * backend had restarted, or `.env` was edited. Undefined where the record and the settings agree. An interrupted `unplant`
 * is none: the same faults are planted, or none.
 */
export function findInterruption(
  { plantedFaults, plantedSeed }: Pick<CheckContext, 'plantedFaults' | 'plantedSeed'>,
  planting: Planting | undefined,
): Objection | undefined {
  const isPlanted = plantedFaults.length > 0
  if (!planting) {
    if (!isPlanted) return undefined
    const what = 'Faults are planted, and planting.json, which says since when, is missing or cannot be read.'
    return { what, fix: PLANT }
  }
  const { letters, seed, plantedAt, unplantedAt } = planting
  const isUnfinished = plantedAt === undefined && unplantedAt === undefined
  const isOther = unplantedAt !== undefined || seed !== plantedSeed || `${letters}` !== `${plantedFaults}`
  if (!isUnfinished && !(isPlanted && isOther)) return undefined
  return {
    what: 'Planting was interrupted, or PLANTED_FAULTS in .env was edited: the backend may have other faults than those that you planted last.',
    fix: `${seed === '' ? [PLANT, ...letters].join(' ') : PLANT} plants them again, and your answers stay`,
  }
}
