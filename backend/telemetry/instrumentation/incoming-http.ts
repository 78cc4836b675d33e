import type { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import {
  type Attributes,
  type Context,
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { TelemetryOptions } from '../options.ts'
import { followRoutes, routeOf } from './express-routes.ts'
import { methodName, requestAttributes, type Scheme, sentStatusOf, targetOf } from './http-attributes.ts'
import { SERVER_DURATION } from './server-duration.ts'

const HEADERS = {
  keys: (headers: http.IncomingHttpHeaders) => Object.keys(headers),
  get: (headers: http.IncomingHttpHeaders, name: string) => headers[name],
}

type Emit = EventEmitter['emit']

/** Gets each measurement of the requests' duration with the request's span (metrics/exemplar-reservoir.ts). */
interface Exemplars {
  offer(seconds: number, attributes: Attributes, span: SpanContext): void
}

/**
 * Creates a server span for each request that this process serves, and runs the handlers in its context. Records the
 * request's duration whether it is sampled or not. Call it once, after the SDK has started. `servers`: the servers to
 * instrument, by scheme; by default every server of the process.
 *
 * Replaces the server half of instrumentation-http. That takes twice as long per request (bench/overhead), because it
 * wraps eight methods of each request and response and parses each URL, sampled or not. See
 * docs/adr/own-http-server-instrumentation.md.
 */
export function traceIncomingHttp(
  tracer: Tracer,
  {
    untracedPaths = [],
    trustedProxies = 0,
    privacy,
    exemplars,
  }: Pick<TelemetryOptions, 'untracedPaths' | 'trustedProxies' | 'privacy'> & {
    readonly exemplars?: Exemplars | undefined
  },
  servers: Readonly<Record<Scheme, { emit: Emit }>> = {
    http: http.Server.prototype,
    https: https.Server.prototype,
  },
): void {
  const untraced = new Set(untracedPaths)
  const hasPeerPort = privacy?.clientAddress === 'full'
  const { name, description, unit, boundaries } = SERVER_DURATION
  const duration = metrics.getMeter('incoming-http').createHistogram(name, {
    description,
    unit,
    advice: { explicitBucketBoundaries: [...boundaries] },
  })

  function serve(
    scheme: Scheme,
    request: IncomingMessage,
    response: ServerResponse,
    handle: () => boolean,
  ): boolean {
    const target = targetOf(request)
    if (untraced.has(target.path)) return context.with(suppressTracing(ROOT_CONTEXT), handle)

    const startedAt = performance.now()
    const caller = propagation.extract(ROOT_CONTEXT, request.headers, HEADERS)
    const attributes = requestAttributes(request, scheme, target, trustedProxies, hasPeerPort)
    const span = tracer.startSpan(methodName(request), { kind: SpanKind.SERVER, attributes }, caller)
    const requestContext = trace.setSpan(caller, span)
    keepContext(request, requestContext)
    keepContext(response, requestContext)
    // Emitted once, whether the response was sent or the client disconnected.
    response.on('close', () => {
      const route = routeOf(request)
      if (span.isRecording()) describeEnd(span, request, response, route)
      span.end()
      const seconds = (performance.now() - startedAt) / 1_000
      const measured = metricAttributes(attributes, response, route)
      duration.record(seconds, measured)
      exemplars?.offer(seconds, measured, span.spanContext())
    })
    return context.with(requestContext, handle)
  }

  followRoutes()
  /** Requests that their handler may emit again, as `request`. */
  const checked = new WeakSet<IncomingMessage>()
  // Every framework receives its requests through these events of the server.
  for (const scheme of ['http', 'https'] as const) {
    const { emit } = servers[scheme]
    servers[scheme].emit = function (this: EventEmitter, ...args: Parameters<Emit>): boolean {
      const [event, request, response] = args
      const handle = () => Reflect.apply(emit, this, args)
      const isCheck = event === 'checkContinue' || event === 'checkExpectation'
      if ((event !== 'request' && !isCheck) || checked.has(request)) return handle()
      if (isCheck) checked.add(request)
      return serve(scheme, request, response, handle)
    } as Emit
  }
}

/**
 * Makes the listeners of a request or response run in the request's context: Node emits a body's chunks and the end of a
 * response from the socket, where no context is active.
 */
function keepContext(emitter: EventEmitter, requestContext: Context): void {
  const { emit } = emitter
  emitter.emit = function (this: EventEmitter, ...args: Parameters<Emit>): boolean {
    // Skip events without listeners, except `error`: Node's own `emit` must throw it.
    if (this.listenerCount(args[0]) === 0 && args[0] !== 'error') return false
    return context.with(requestContext, () => Reflect.apply(emit, this, args))
  } as Emit
}

function describeEnd(
  span: Span,
  request: IncomingMessage,
  response: ServerResponse,
  route: string | undefined,
): void {
  const statusCode = sentStatusOf(response)
  if (statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode)
  if (route !== undefined) {
    span.setAttribute('http.route', route)
    span.updateName(`${methodName(request)} ${route}`)
  }
  if (statusCode !== undefined && statusCode >= 500) {
    span.setAttribute('error.type', String(statusCode))
    // reportError() may have set a status with a message: keep it.
    const isReported = (span as unknown as ReadableSpan).status?.code === SpanStatusCode.ERROR
    if (!isReported) span.setStatus({ code: SpanStatusCode.ERROR })
  }
  // The response was not sent to its end. Its status, which is sent first, does not show that.
  if (!response.writableFinished) span.setAttribute('app.client_hung_up', true)
}

/** Attributes of the metric. Paths and addresses are left out: each value would become a time series. */
function metricAttributes(span: Attributes, response: ServerResponse, route: string | undefined): Attributes {
  const statusCode = sentStatusOf(response)
  return {
    'http.request.method': span['http.request.method'],
    'url.scheme': span['url.scheme'],
    'network.protocol.version': span['network.protocol.version'],
    ...(statusCode !== undefined && { 'http.response.status_code': statusCode }),
    ...(route !== undefined && { 'http.route': route }),
    ...(statusCode !== undefined && statusCode >= 500 && { 'error.type': String(statusCode) }),
  }
}
