import { z } from 'zod'
import { diagnosisSchema } from './diagnosis.ts'

/**
 * A process, unmistakably: the system gives a pid to another process sooner or later, but never with the same start
 * time. The start time is opaque: clock ticks since boot and the boot's id on Linux, `ps`'s text elsewhere.
 */
export const identitySchema = z.object({
  // To kill(2), 0 and 1 and their negatives mean a whole group, or every process.
  pid: z.int().min(2),
  startTime: z.string().min(1),
})

/** A port that a process binds, and the setting that moves it. */
export const portSchema = z.object({
  port: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  host: z.string().min(1),
  variable: z.string(),
})

export const exitSchema = z.object({ code: z.int().nullable(), signal: z.string().nullable() })

export const processRecordSchema = z.object({
  name: z.string(),
  /** starting: running, not yet ready. stopped: a command ended it. One that is dead in another state has crashed. */
  state: z.enum(['starting', 'ready', 'stopped']),
  identity: identitySchema,
  startedAt: z.iso.datetime(),
  /** Keyed hash of the command line and the environment it was started with. */
  settings: z.string(),
  /** Hash of its source files at its start. */
  code: z.string(),
  /** Known only where its parent was still running when it ended: `npm start`, or a start that failed. */
  exit: exitSchema.optional(),
  ports: z.array(portSchema),
  url: z.string().optional(),
  /** Path of its log. */
  log: z.string(),
})

/** `<state directory>/run/processes.json`: which processes of the workspace run. Absent when none does. */
export const workspaceStateSchema = z.object({
  version: z.literal(2),
  /** starting and stopping: a command is at work, or was killed at it. failed: see `failure`. */
  phase: z.enum(['starting', 'running', 'stopping', 'failed']),
  /** `npm start`, which stops the processes when it ends; absent when they run in the background. */
  supervisor: identitySchema.optional(),
  /** Random key of the `settings` hashes, so that the hash of a short secret cannot be looked up. */
  key: z.string(),
  /** How long a process may take to end after SIGTERM (ms). */
  stopMs: z.number().positive(),
  /** In the order of starting. */
  processes: z.array(processRecordSchema),
  /** Why the last start failed. The lines of the log stay in the log: they may hold secrets. */
  failure: diagnosisSchema.extend({ log: z.string().optional() }).optional(),
})

export type Identity = z.infer<typeof identitySchema>
export type Port = z.infer<typeof portSchema>
export type Exit = z.infer<typeof exitSchema>
export type ProcessRecord = z.infer<typeof processRecordSchema>
export type WorkspaceState = z.infer<typeof workspaceStateSchema>
