import type { ClientMistake } from '../../contracts/sandbox/health.ts'

const MAX_MISTAKES = 20
const MAX_NAME_LENGTH = 100
const ADOT_PYTHON = 'AWS’s OpenTelemetry distribution for Python'

export type Mistake = Pick<ClientMistake, 'client' | 'operation' | 'missing' | 'sent'>

/** Counts fields that clients leave out; keeps the latest 20 kinds. */
export function createClientMistakes() {
  const kinds = new Map<string, ClientMistake>()
  return {
    add({ client, operation, missing, sent }: Mistake): void {
      const name = client.slice(0, MAX_NAME_LENGTH)
      const key = JSON.stringify([name, operation, missing, sent])
      const count = (kinds.get(key)?.count ?? 0) + 1
      kinds.delete(key)
      kinds.set(key, { provider: 'xray', client: name, operation, missing, sent, count, lastMs: Date.now() })
      const [oldest] = kinds.keys()
      if (kinds.size > MAX_MISTAKES && oldest !== undefined) kinds.delete(oldest)
    },
    /** The latest first. */
    list: (): ClientMistake[] => [...kinds.values()].reverse(),
  }
}

export type ClientMistakes = ReturnType<typeof createClientMistakes>

/**
 * The client that reports `SampleCount`, which only AWS's distribution for Python does (0.21), or the one that a user agent
 * names.
 *
 * Source: https://github.com/aws-observability/aws-otel-python-instrumentation/blob/main/aws-opentelemetry-distro/src/amazon/opentelemetry/distro/sampler/_sampling_statistics_document.py
 */
export function samplingClient(userAgent: string | undefined, sendsSampleCount: boolean): string {
  const name = userAgent || 'a client without a user agent'
  return sendsSampleCount && /^python-requests\b/.test(name) ? `${ADOT_PYTHON} (${name})` : name
}
