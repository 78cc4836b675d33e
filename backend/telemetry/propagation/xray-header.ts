import { type Context, createContextKey } from '@opentelemetry/api'
import { parseTraceId, toXRayTraceId } from '../../../contracts/trace-id.ts'

/** The name of X-Ray's header, as Node gives it: lower case. */
export const XRAY_HEADER = 'x-amzn-trace-id'

/** The fields of `X-Amzn-Trace-Id`. */
export interface XRayHeader {
  /** 32 hex digits. */
  readonly traceId: string
  /** The caller's segment or subsegment, 16 hex digits. A load balancer sends none. */
  readonly parentId?: string
  /** `asked` is `Sampled=?`: the response should name the decision. Absent: the caller made no decision. */
  readonly sampled?: 'yes' | 'no' | 'asked'
}

const SAMPLED = { '1': 'yes', '0': 'no', '?': 'asked' } as const

/**
 * Reads `Root=1-…;Parent=…;Sampled=…`: keys in any case and order, white space allowed, unknown keys ignored, such as a
 * load balancer's `Self=`. Undefined without a valid Root.
 *
 * Node joins repeated headers with commas: the first value that has a valid Root counts, and no field of another one. In
 * a value, the first of repeated fields counts. A second Root ends the value, because later fields may belong to it.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function parseXRayHeader(text: string): XRayHeader | undefined {
  for (const value of text.split(',')) {
    const header = parseValue(value)
    if (header) return header
  }
  return undefined
}

function parseValue(value: string): XRayHeader | undefined {
  const fields = new Map<string, string>()
  for (const field of value.split(';')) {
    const [name = '', content = ''] = field.split('=', 2)
    const key = name.trim().toLowerCase()
    if (key === 'root' && fields.has(key)) break
    if (!fields.has(key)) fields.set(key, content.trim())
  }
  const root = fields.get('root') ?? ''
  const traceId = root.startsWith('1-') ? parseTraceId(root) : undefined
  if (!traceId) return undefined
  const parentId = fields.get('parent')?.toLowerCase() ?? ''
  const sampled = SAMPLED[fields.get('sampled') as keyof typeof SAMPLED]
  return {
    traceId,
    ...(/^[0-9a-f]{16}$/.test(parentId) && /[^0]/.test(parentId) && { parentId }),
    ...(sampled && { sampled }),
  }
}

/** The header of an outgoing request, or, without a parent, of a response. */
export function formatXRayHeader(traceId: string, parentId: string | undefined, isSampled: boolean): string {
  const parent = parentId ? `;Parent=${parentId}` : ''
  return `Root=${toXRayTraceId(traceId)}${parent};Sampled=${isSampled ? '1' : '0'}`
}

/**
 * What a caller sent that OpenTelemetry's span context cannot hold: a trace id without a parent span, or a parent without
 * a sampling decision.
 */
export interface Caller {
  /** The trace to continue where the caller sent no parent span. 32 hex digits. */
  readonly rootTraceId?: string
  /** The caller's decision; absent where this process decides. */
  readonly isSampled?: boolean
}

const CALLER = createContextKey('caller (X-Amzn-Trace-Id)')

export function setCaller(context: Context, caller: Caller): Context {
  return context.setValue(CALLER, caller)
}

export function getCaller(context: Context): Caller | undefined {
  return context.getValue(CALLER) as Caller | undefined
}
