import { z } from 'zod'
import { getJson } from '../machine/http-json.ts'

const TIMEOUT_MS = 2_000

const Health = z.looseObject({
  /** The last time that its disk took nothing. */
  diskRefusal: z.object({ at: z.string(), message: z.string() }).optional(),
  providers: z.looseObject({
    xray: z.looseObject({
      /** Where it takes segments; null where the daemon's address is another machine's. */
      udp: z.string().nullable(),
      received: z.number(),
      dropped: z.number(),
      /** Why the last one was not taken. */
      lastDrop: z.string(),
      kernelDrops: z.number().optional(),
    }),
  }),
})

/** What the sandbox says of itself at `GET /health`; undefined where it does not answer. */
export async function readSandboxHealth(sandbox: string): Promise<z.infer<typeof Health> | undefined> {
  const answer = await getJson(`${sandbox}/health`, TIMEOUT_MS)
  return answer && Health.safeParse(answer.body).data
}
