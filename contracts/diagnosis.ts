import { z } from 'zod'

/** A failure that a person can fix. Code branches on `code`, never on the sentences. */
export const diagnosisSchema = z.object({
  /** In capitals, to branch on and to search for: `PORT_TAKEN`. */
  code: z.string(),
  /** What is wrong, as one or more whole sentences. */
  what: z.string(),
  /** Its cause or its consequence, where that is not obvious. */
  why: z.string().optional(),
  /** What to do: a command, or a sentence that may contain commands. */
  fix: z.string(),
})

export type Diagnosis = Readonly<z.infer<typeof diagnosisSchema>>
