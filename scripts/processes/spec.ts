import { z } from 'zod'

/** A port that a process binds, and the setting that moves it. */
export const portSpec = z.object({
  port: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  host: z.string().min(1),
  variable: z.string(),
})

/**
 * http: `url` answers 200 with a JSON body whose `pid` is the process's own, so that a stranger on the port is never
 * taken for it. postgres: a Postgres server answers. tcp: something accepts connections.
 */
const readySpec = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('http'), url: z.url() }),
  z.object({ kind: z.literal('postgres'), host: z.string(), port: z.int() }),
  z.object({ kind: z.literal('tcp'), host: z.string(), port: z.int() }),
])

/** A file that must be there, and what to say where it is not. */
const requirement = z.object({ path: z.string(), code: z.string(), message: z.string(), fix: z.string() })

/** One process of the workspace as data: it travels to the background supervisor as JSON. */
export const processSpec = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Processes of one stage start together, once every process of the stages before is ready. */
  stage: z.int(),
  command: z.string(),
  args: z.array(z.string()),
  /** Set over what the supervisor's own environment holds. May hold secrets: never logged, never written. */
  env: z.record(z.string(), z.string()),
  /** Names that are taken out of the supervisor's environment. */
  without: z.array(z.string()),
  cwd: z.string(),
  ports: z.array(portSpec),
  ready: readySpec,
  /** What a person opens in a browser, where there is such a thing. */
  url: z.string().optional(),
  requires: requirement.optional(),
})

export type PortSpec = z.infer<typeof portSpec>
export type ReadySpec = z.infer<typeof readySpec>
export type ProcessSpec = z.infer<typeof processSpec>
