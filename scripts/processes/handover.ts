import { z } from 'zod'
import { processSpec } from './spec.ts'

/** How long a process may take to be ready. A new database on a small machine that is busy takes half of it. */
const READY_MS = 60_000

/** Longer than the backends need to answer what is in flight and to send what they have (ms). */
const STOP_MS = 12_000

/** What a supervisor is to do. The background one is handed it on its standard input, where secrets leave no trace. */
export const handoverSchema = z.object({
  /** The state directory. */
  directory: z.string(),
  specs: z.array(processSpec),
  mode: z.enum(['background', 'foreground']),
  readyMs: z.number().positive().default(READY_MS),
  stopMs: z.number().positive().default(STOP_MS),
})

export type Handover = z.infer<typeof handoverSchema>

/** EX_TEMPFAIL of sysexits.h: what a supervisor ends with where another was first. */
export const BUSY_EXIT_CODE = 75
