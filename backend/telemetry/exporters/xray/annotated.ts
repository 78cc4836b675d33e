/** Attributes that people filter by, beside their own `app.…` and `rollbar.…`; the rest is metadata. */
const ANNOTATED = new Set(['http.route'])
const ANNOTATED_PREFIXES = ['app.', 'rollbar.']

/** Whether X-Ray is to index an attribute, so that traces can be searched by it. It takes 50 a trace. */
export function isAnnotated(attribute: string): boolean {
  return ANNOTATED.has(attribute) || ANNOTATED_PREFIXES.some((prefix) => attribute.startsWith(prefix))
}
