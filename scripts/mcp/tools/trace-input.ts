import { z } from 'zod'

/** 32 hex digits, or X-Ray's notation. */
export const traceId = z.string().max(100).describe('A trace id, in W3C’s or X-Ray’s notation')

/** The lenses that have a tree. */
export const lens = z
  .enum(['honeycomb', 'xray'])
  .optional()
  .describe('honeycomb: OpenTelemetry’s spans; xray: X-Ray’s segments. Default: the first that has records')
