import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import type { Attribute } from '../../../contracts/sandbox/trace.ts'
import type { OtlpScope, Pairs } from './otlp.ts'

/** Nested lists of keys and values become columns down to this depth, and JSON below it, as at Honeycomb. */
const MAX_FLAT_DEPTH = 5
/** Honeycomb's limit for a value. */
const MAX_TEXT = 65_535

/** The prefixes by which Honeycomb tells an instrumentation library from other scopes. */
const INSTRUMENTATION_PREFIXES = [
  'io.opentelemetry',
  'opentelemetry.instrumentation',
  'OpenTelemetry.Instrumentation',
  'OpenTelemetry::Instrumentation',
  'go.opentelemetry.io/contrib/instrumentation',
  '@opentelemetry/instrumentation',
]

/**
 * Calls `put` with the columns that Honeycomb makes of attributes: lists of keys and values are flattened with dots, and
 * arrays and bytes are JSON text. Empty keys and values are left out.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/common.go
 */
export function eachColumn(pairs: Pairs, put: (name: string, value: ColumnValue) => void): void {
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index] as string
    if (key !== '') flatten(key, pairs[index + 1] as Attribute, 0, put)
  }
}

export function flatten(
  name: string,
  value: Attribute,
  depth: number,
  put: (name: string, value: ColumnValue) => void,
): void {
  if (value === null) return
  if (typeof value === 'string') put(name, value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value)
  else if (typeof value !== 'object') put(name, value)
  else if (Array.isArray(value) || isBytes(value) || depth >= MAX_FLAT_DEPTH) {
    put(name, jsonOf(value).slice(0, MAX_TEXT))
  } else {
    for (const [key, inner] of Object.entries(value)) flatten(`${name}.${key}`, inner, depth + 1, put)
  }
}

function isBytes(value: object): value is { bytesValue: string } {
  return 'bytesValue' in value && typeof value.bytesValue === 'string' && Object.keys(value).length === 1
}

/** Bytes are base64 text in JSON, and keys are sorted, as Honeycomb's encoder writes them. */
export function jsonOf(value: Attribute): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    if (isBytes(inner)) return inner.bytesValue
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** Calls `put` with the columns of a resource and a scope, in the order in which later ones replace earlier ones. */
export function eachSharedColumn(
  resource: { readonly attributes: Pairs; readonly schemaUrl: string },
  scope: Pick<OtlpScope, 'name' | 'version' | 'schemaUrl' | 'attributes'>,
  put: (name: string, value: ColumnValue) => void,
): void {
  eachColumn(resource.attributes, put)
  if (resource.schemaUrl) put('resource.schema_url', resource.schemaUrl)
  if (scope.name) {
    put('library.name', scope.name)
    if (INSTRUMENTATION_PREFIXES.some((prefix) => scope.name.startsWith(prefix))) {
      put('telemetry.instrumentation_library', true)
    }
  }
  if (scope.version) put('library.version', scope.version)
  eachColumn(scope.attributes, put)
  if (scope.schemaUrl) put('scope.schema_url', scope.schemaUrl)
}
