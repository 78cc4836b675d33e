import type { UnaryMethod } from '../grpc/server.ts'
import type { Intake, Signal } from './export-intake.ts'
import { encodeResult, headOf } from './otlp-http.ts'

/** Source: https://github.com/open-telemetry/opentelemetry-proto, collector/{trace,logs,metrics}/v1 */
const PATHS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}

/**
 * OTLP over gRPC, as Honeycomb takes it: the headers of HTTP are metadata of the same names.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/common.go, GetRequestInfoFromGrpcMetadata
 */
export function exportMethods(intakes: Readonly<Record<Signal, Intake>>): Record<string, UnaryMethod> {
  return Object.fromEntries(
    (['traces', 'logs', 'metrics'] as const).map((signal) => {
      const { check, take } = intakes[signal]
      const method: UnaryMethod = {
        check: (headers) => check(headOf({ headers })),
        handle: async (body, headers, takeTurn) => {
          const result = await take({ ...headOf({ headers }), encoding: 'protobuf', body }, takeTurn)
          return encodeResult(result)
        },
      }
      return [PATHS[signal], method]
    }),
  )
}
