import { alignColumns, type Terminal } from '../command-line/terminal.ts'

/** One request of the run, with what the sandbox has of its trace. */
export interface Decided {
  readonly traceId: string
  /** HTTP status; 500 and above is an error. */
  readonly status: number
  /** The policy of collector/gateway.yaml that kept the trace; undefined for a dropped one. */
  readonly policy: string | undefined
  /** How many requests the trace counts for in Honeycomb. */
  readonly sampleRate: number
}

/** The share of traces that the gateway's last policy keeps. */
const TENTH = 10

export const isFailing = ({ status }: Pick<Decided, 'status'>): boolean => status >= 500

/** The failing requests whose trace was dropped. */
export function lostErrors(decided: readonly Decided[]): Decided[] {
  return decided.filter((one) => isFailing(one) && one.policy === undefined)
}

/** What was sent, what was kept and by which policy, and what a sampler that decides at the start would have done. */
export function showTailSampling(
  decided: readonly Decided[],
  { page, service }: { readonly page: string; readonly service: string },
  terminal: Terminal,
): void {
  const kept = decided.filter(({ policy }) => policy !== undefined)
  const failing = decided.filter(isFailing)
  const lost = lostErrors(decided)
  const counted = kept.reduce((sum, { sampleRate }) => sum + sampleRate, 0)
  terminal.heading(
    `Sent and traced: ${decided.length} requests, ${failing.length} of them failing. Kept: ${kept.length} traces.`,
  )
  for (const line of alignColumns(tableOf(decided), [1, 2, 3])) terminal.line(`  ${line}`)
  terminal.line()
  if (lost.length > 0) {
    terminal.fail(
      `Of ${failing.length} failing requests ${lost.length} were not kept: ${lost.map(({ traceId }) => traceId).join(', ')}.`,
      'Run it again. A collector that is short of memory drops spans, and its log says so',
    )
    return
  }
  terminal.done(`Every failing request was kept, ${failing.length} of ${failing.length}.`)
  terminal.line(
    `  A sampler that decides at the start of a request and keeps 1 in ${TENTH} would have kept all ${failing.length} in one of ${(TENTH ** failing.length).toLocaleString('en')} runs.`,
  )
  terminal.line(
    `  Honeycomb counts ${counted} requests, from ${kept.length} traces and their SampleRate; ${decided.length} were sent.`,
  )
  terminal.line(`  See them: ${page}/?service=${encodeURIComponent(service)}`)
}

/** A row for each policy that kept something, the largest share of errors first, and one for what was dropped. */
function tableOf(decided: readonly Decided[]): string[][] {
  const policies = [...new Set(decided.map(({ policy }) => policy))].toSorted((a, b) =>
    a === undefined ? 1 : b === undefined ? -1 : a.localeCompare(b),
  )
  const rows = policies.map((policy) => {
    const ofPolicy = decided.filter((one) => one.policy === policy)
    const failing = ofPolicy.filter(isFailing).length
    const rate = policy === undefined ? '' : String(ofPolicy[0]?.sampleRate ?? 1)
    return [policy ?? 'dropped', String(failing), String(ofPolicy.length - failing), rate]
  })
  return [['policy', 'failing', 'good', 'each counts as'], ...rows]
}
