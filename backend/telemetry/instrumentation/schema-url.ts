/**
 * The version of OpenTelemetry's semantic conventions that resource and spans follow.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/schemas/
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0'
