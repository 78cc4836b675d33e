import { findTelemetryTroubles } from '../processes/telemetry-health.ts'
import { type Examination, type Finding, found, good, joined, type Patient } from './finding.ts'

/** What each backend process says of its own exports. */
export function examineTelemetry({ status }: Patient): Examination {
  const backends = status.processes.filter(({ telemetry }) => telemetry !== null)
  if (backends.length === 0) return good()
  return joined(
    backends.map(({ name, telemetry }) => {
      const troubles = telemetry ? findTelemetryTroubles(telemetry) : []
      if (troubles.length > 0) {
        return found(
          ...troubles.map(
            (trouble): Finding => ({
              severity: 'problem',
              what: `${name}: ${trouble}.`,
              why: 'What is not exported is in no provider.',
              fix: `npm run logs -- ${name}; npm run verify proves that it is mended`,
            }),
          ),
        )
      }
      const accepted = Object.entries(telemetry?.providers ?? {}).map(
        ([provider, one]) => `${provider} ${one.accepted ?? 0}`,
      )
      return good(`${name} has had accepted: ${accepted.join(', ')}`)
    }),
  )
}
