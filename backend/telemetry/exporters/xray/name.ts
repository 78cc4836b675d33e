const MAX_NAME = 200
const NOT_ALLOWED = /[^\p{L}\p{N}\p{Z}_.:/%&#=+\-@]/gu

/**
 * A name that X-Ray takes for a segment: letters, digits, white space and `_ . : / % & # = + - @`, at most 200.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-fields
 */
export function segmentName(text: string): string {
  return text.replace(NOT_ALLOWED, '_').slice(0, MAX_NAME).trim() || 'unknown'
}

/** A key that X-Ray takes for an annotation: ASCII letters, digits and underscores, at most 500. Same source. */
export function annotationKey(attribute: string): string {
  return attribute.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 500)
}
