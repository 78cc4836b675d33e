import { type Attributes, context, createContextKey } from '@opentelemetry/api'

const KEY = createContextKey('url.template')

/**
 * Runs a call whose span is named by its method and this template, `GET /api/profiles/{id}`. Only the caller knows which
 * parts of a path are values. Without a template the name is the method, because a name must not depend on data.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
 */
export function withUrlTemplate<Result>(template: string, call: () => Result): Result {
  return context.with(context.active().setValue(KEY, template), call)
}

/** The template of the call that is being made; undefined if the caller gave none. */
export function urlTemplate(): string | undefined {
  return context.active().getValue(KEY) as string | undefined
}

/** Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/#url-template */
export function templateAttributes(): Attributes {
  const template = urlTemplate()
  return template === undefined ? {} : { 'url.template': template }
}
