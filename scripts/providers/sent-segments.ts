import { MissingSegments } from '../../contracts/sandbox/lists.ts'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { poll } from '../machine/poll.ts'
import { readSandbox } from './own-processes.ts'

/** How many of a process's latest traces are compared. Their ids fit into a URL. */
const TRACES = 200
/** How long a segment may take from its process to the sandbox's disk (ms). */
const ARRIVAL_MS = 1_000
/** Where none of these latest traces has arrived, nothing arrives at present. */
const LATEST = 3

/** The traces whose segments a process has sent without proof of receipt, compared with those that the sandbox has. */
export interface SentSegments {
  readonly process: string
  /** How many of the latest traces were looked for. */
  readonly traces: number
  /** Ids of those that the sandbox lacks, in the order in which they were sent. */
  readonly missing: readonly string[]
  /** At least as many segments are counted as refused or dropped, so that the process has reported this loss itself. */
  readonly isCounted: boolean
  /** None of the latest traces has arrived. */
  readonly isLosing: boolean
}

/**
 * Asks the sandbox for the traces whose segments each process has sent by UDP. By their ids, which other senders and a
 * restart of the sandbox do not change, as they would change counters. Undefined where the sandbox does not answer, or is
 * of another version.
 */
export async function compareSegments(
  sandbox: string,
  processes: readonly { readonly name: string; readonly telemetry: TelemetryHealth | null }[],
  arrivalMs = ARRIVAL_MS,
): Promise<readonly SentSegments[] | undefined> {
  const sent = processes.flatMap(({ name, telemetry }) => {
    const stream = telemetry?.providers.xray
    // What goes by HTTP is accepted, and is unconfirmed only where an answer was cut off.
    if (!telemetry || !stream?.enabled || stream.unconfirmed === 0 || stream.accepted > 0) return []
    const { refused, dropped, recentTraceIds } = stream
    const traceIds = recentTraceIds.slice(-TRACES)
    return { process: name, service: telemetry.service, traceIds, lost: refused + dropped }
  })
  let found: (readonly string[])[] | undefined
  const look = async () => {
    const missing = await Promise.all(sent.map((one) => askForMissing(sandbox, one.service, one.traceIds)))
    found = missing.every((ids) => ids !== undefined) ? missing : undefined
    return found?.some((ids) => ids.length > 0) ? undefined : true
  }
  await poll(look, { deadlineMs: arrivalMs, everyMs: 200 })
  return found?.map((missing, index) => {
    const { process = '', traceIds = [], lost = 0 } = sent[index] ?? {}
    const latest = traceIds.slice(-LATEST)
    return {
      process,
      traces: traceIds.length,
      missing,
      isCounted: missing.length > 0 && missing.length <= lost,
      isLosing: missing.length > 0 && latest.every((id) => missing.includes(id)),
    }
  })
}

async function askForMissing(
  sandbox: string,
  service: string,
  traceIds: readonly string[],
): Promise<readonly string[] | undefined> {
  if (traceIds.length === 0) return []
  const query = new URLSearchParams({ service, traces: traceIds.join(',') })
  const answer = await readSandbox(sandbox, `/sandbox/missing-segments?${query}`)
  return MissingSegments.safeParse(answer).data?.traceIds
}

/** What the sandbox has, or lacks, of the segments of one process. A sentence without a full stop. */
export function describeSegments({ process, traces, missing }: SentSegments): string {
  const last = `the last ${traces === 1 ? 'trace' : `${traces} traces`} that ${process} sent by UDP`
  if (missing.length === 0) return `the sandbox has ${last}`
  return `the sandbox lacks ${traces === 1 ? last : `${missing.length} of ${last}`}`
}
