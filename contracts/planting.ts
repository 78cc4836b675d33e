import { z } from 'zod'
import { FAULTS, inOrder } from './planted-faults.ts'

/** `<state directory>/workshop/planting.json`: what `npm run workshop -- plant` last did. It stays after `unplant`. */
export const plantingSchema = z.object({
  letters: z.array(z.enum(FAULTS)).transform(inOrder),
  /** What PLANTED_SEED was set to; empty if the learner named the letters. */
  seed: z.string(),
  /** From 0 on, of the seed's rounds (`drawFaults`). */
  round: z.int().min(0),
  /** Epoch ms. No trace from before has these faults. Absent until the backend has restarted with them for the first time. */
  plantedAt: z.int().optional(),
  /** Epoch ms. Absent while they are planted. */
  unplantedAt: z.int().optional(),
})

export type Planting = z.output<typeof plantingSchema>
