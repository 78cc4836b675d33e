import { contentEncoding } from '../http/body.ts'
import type { RequestHead, Route } from '../http/router.ts'
import { isForXRay, type XRayOtlpHandler } from '../xray/otlp-receiver.ts'
import type { Intake, Signal } from './export-intake.ts'
import {
  bodyOf,
  checkContentType,
  exportAnswer,
  exportEncoding,
  exportErrorAnswer,
  headOf,
} from './otlp-http.ts'

const MAX_OTLP_BYTES = 20 * 1024 * 1024 // Honeycomb's limit, before and after decompression

/**
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, as Honeycomb answers them. `toXRay` handles requests that are
 * authorized for X-Ray.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp
 */
export function exportRoutes(intakes: Readonly<Record<Signal, Intake>>, toXRay: XRayOtlpHandler): Route[] {
  return (['traces', 'logs', 'metrics'] as const).map((signal): Route => {
    const { check, take } = intakes[signal]
    const isSigned = ({ headers }: Pick<RequestHead, 'headers'>) => signal === 'traces' && isForXRay(headers)
    return {
      method: 'POST',
      path: `/v1/${signal}`,
      takesTelemetry: true,
      maxBodyBytes: MAX_OTLP_BYTES,
      toErrorAnswer: exportErrorAnswer,
      encodingOf: (request) =>
        isSigned(request) ? contentEncoding(request) : exportEncoding(request, signal),
      check: (request) => {
        checkContentType(request)
        if (!isSigned(request)) check(headOf(request))
      },
      handle: async (request) => {
        if (isSigned(request)) return toXRay(request)
        const result = await take({ ...headOf(request), ...bodyOf(request) }, request.takeTurn)
        return exportAnswer(request, signal, result)
      },
    }
  })
}
