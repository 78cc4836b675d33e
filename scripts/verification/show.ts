import type { Outcome, Terminal } from '../command-line/terminal.ts'
import type { ProviderResult } from './look-ups.ts'
import type { Verification } from './verify.ts'

const NAMES = { honeycomb: 'Honeycomb', xray: 'AWS X-Ray', rollbar: 'Rollbar' } as const

const WORDS = { found: 'found', accepted: 'accepted, not read back', missing: 'missing', off: 'off' } as const

export function describeOutcome({ ok }: Verification): Outcome {
  return { ok, text: `${ok ? 'Every' : 'Not every'} provider has what it should have.` }
}

/** Shows the requests, what each provider has of them, and what is broken. */
export function showVerification(
  { requests, providers, traceId, xrayTraceId, problems }: Verification,
  terminal: Terminal,
): void {
  for (const { path, status, durationMs } of requests) {
    if (status > 0) terminal.line(`  GET ${path} answered ${status} in ${durationMs.toFixed(0)} ms`)
  }
  terminal.heading(`Trace ${traceId}`)
  terminal.line(`  ${terminal.dim(`in X-Ray’s notation ${xrayTraceId}`)}`)
  for (const provider of ['honeycomb', 'xray', 'rollbar'] as const) {
    showResult(NAMES[provider], providers[provider], terminal)
  }
  for (const { what, fix } of problems) terminal.fail(what, fix)
}

function showResult(name: string, { mode, state, seen, url }: ProviderResult, terminal: Terminal): void {
  const head = `${name.padEnd(9)}  ${mode.padEnd(5)}`
  const line = `${head}  ${WORDS[state]}${state === 'off' ? '' : `: ${seen}`}`
  if (state === 'off') terminal.line(`  ${line}`)
  else if (state === 'missing') terminal.fail(line)
  else terminal.done(line)
  if (url && state !== 'missing') terminal.line(`    ${url}`)
}
