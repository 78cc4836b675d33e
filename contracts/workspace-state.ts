import { z } from 'zod'
import { diagnosisSchema } from './diagnosis.ts'

/**
 * Identifies one process: the system reuses a pid, but never with the same start time. The start time is opaque: clock
 * ticks since boot and the boot's id on Linux, the text of `ps` elsewhere.
 */
export const identitySchema = z.object({
  // Signals are also sent to -pid, the process's group. For kill(2), 0 is the own group and -1 every process.
  pid: z.int().min(2),
  startTime: z.string().min(1),
})

/** A port that a process listens on, and the setting that changes it. */
export const portSchema = z.object({
  port: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  host: z.string().min(1),
  variable: z.string(),
})

export const exitSchema = z.object({ code: z.int().nullable(), signal: z.string().nullable() })

export const processRecordSchema = z.object({
  name: z.string(),
  /**
   * starting: runs, and is not ready yet. stopped: a command has ended it, or is ending it. A process that is dead in
   * the state starting or ready has crashed.
   */
  state: z.enum(['starting', 'ready', 'stopped']),
  identity: identitySchema,
  startedAt: z.iso.datetime(),
  /** Keyed hash of the command line and the environment that the process was started with. */
  settingsHash: z.string(),
  /** Hash of the source files of the process when it was started. */
  codeHash: z.string(),
  /** How the process ended; known only if its parent (`npm start`, or a start that failed) was there to see it. */
  exit: exitSchema.optional(),
  ports: z.array(portSchema),
  url: z.string().optional(),
  /** Path of its log. */
  log: z.string(),
})

/**
 * What was asked for last. workspace: everything that the settings ask for (`npm run setup`, `npm start`). sandbox: the
 * sandbox alone (`npm run sandbox`), beside an app of the person's own.
 */
export const scopeSchema = z.enum(['workspace', 'sandbox'])

/** `<state directory>/run/processes.json`: which processes of the workspace run. Absent when none does. */
export const workspaceStateSchema = z.object({
  version: z.literal(2),
  /** Absent in files that were written before `npm run sandbox` existed. */
  scope: scopeSchema.default('workspace'),
  /** starting, stopping: a command is starting or stopping the processes, or was killed while it did. failed: the last start
   * failed; see `failure`. */
  phase: z.enum(['starting', 'running', 'stopping', 'failed']),
  /** `npm start`, which stops the processes when it ends; absent when they run in the background. */
  supervisor: identitySchema.optional(),
  /** With `stopping`: where the command that stops the processes starts them again. Absent when it does not. */
  continuesIn: z.enum(['background', 'foreground']).optional(),
  /** Random key of the hashes of settings. Without a key, a short secret could be found by hashing guesses. */
  key: z.string(),
  /** In the order of starting. */
  processes: z.array(processRecordSchema),
  /** Why the last start failed, without lines of a log, since those may contain secrets. */
  failure: diagnosisSchema.optional(),
})

export type Identity = z.infer<typeof identitySchema>
export type Port = z.infer<typeof portSchema>
export type Scope = z.infer<typeof scopeSchema>
export type Exit = z.infer<typeof exitSchema>
export type ProcessRecord = z.infer<typeof processRecordSchema>
export type WorkspaceState = z.infer<typeof workspaceStateSchema>
