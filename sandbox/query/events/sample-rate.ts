import type { Attribute } from '../../../contracts/sandbox/trace.ts'

const MAX_RATE = 2 ** 31 - 1
/** Thresholds have up to 14 hex digits, without trailing zeros. */
const THRESHOLD_DIGITS = 14

/** The names under which libraries send a sample rate, in order of precedence. */
export const SAMPLE_RATE_COLUMNS = ['sampleRate', 'SampleRate'] as const

/** The sample rate in an attribute: a whole number of at least 1. */
export function sampleRateOf(value: Attribute): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number)) return 1
  return Math.max(1, Math.min(MAX_RATE, Math.floor(number + 0.5)))
}

/**
 * The adjusted count that a span's sampling threshold stands for: `ot=th:c` means that a quarter of the spans was kept, so
 * each of them counts four times. Undefined without a valid threshold.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function adjustedCountOf(traceState: string): number | undefined {
  if (traceState === '') return undefined
  const entry = traceState.split(',').find((text) => text.trim().startsWith('ot='))
  const digits = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(entry?.trim().slice(3) ?? '')?.[1]
  if (digits === undefined) return undefined
  // In floating point 2^56 - 1 would be rounded to 2^56.
  const kept = 2n ** 56n - BigInt(`0x${digits.padEnd(THRESHOLD_DIGITS, '0')}`)
  return Math.min(MAX_RATE, 2 ** 56 / Number(kept))
}
