import { randomFillSync } from 'node:crypto'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** The batch size of the SDK's batch processor. */
export const BATCH_SPANS = 512
export const TRACE_SPANS = 8

const RESOURCE = {
  'service.name': 'cruddur-backend',
  'service.version': '0.1.0',
  'process.pid': 4711,
  'process.executable.name': 'node',
  'process.runtime.name': 'nodejs',
  'process.runtime.version': '24.11.1',
  'host.name': 'workspace',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '3.1.0',
}

/**
 * OTLP/HTTP protobuf requests as the SDK writes them: 512 spans in 64 traces, each a request with its queries.
 * `next()` returns the same bytes with new trace ids, so that the sender uses hardly any CPU.
 */
export function createSpanBatch(): { next(): { body: Buffer; traceIds: string[] } } {
  const finished = spans()
  const body = Buffer.from(ProtobufTraceSerializer.serializeRequest(finished) ?? [])
  const idOffsets = offsetsOfIds(body, new Set(finished.map((span) => span.spanContext().traceId)))
  return {
    next() {
      const copy = Buffer.from(body)
      const traceIds = idOffsets.map((offsets) => {
        const id = randomFillSync(Buffer.alloc(16))
        for (const offset of offsets) id.copy(copy, offset)
        return id.toString('hex')
      })
      return { body: copy, traceIds }
    },
  }
}

function spans() {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource: resourceFromAttributes(RESOURCE),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('@opentelemetry/instrumentation-http', '0.301.0')
  for (let i = 0; i < BATCH_SPANS / TRACE_SPANS; i++) {
    const root = tracer.startSpan('GET /api/activities/home', {
      root: true,
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/activities/home',
        'url.path': '/api/activities/home',
        'url.scheme': 'http',
        'server.address': 'localhost',
        'server.port': 4567,
        'client.address': '127.0.0.1',
        'user_agent.original': 'curl/8.14.1',
        'network.protocol.version': '1.1',
        'http.response.status_code': 200,
      },
    })
    for (let child = 1; child < TRACE_SPANS; child++) {
      const span = tracer.startSpan(
        'pg.query:SELECT cruddur',
        {
          kind: SpanKind.CLIENT,
          attributes: {
            'db.system.name': 'postgresql',
            'db.namespace': 'cruddur',
            'db.query.text':
              'SELECT uuid, handle, message, created_at FROM activities WHERE expires_at > now() LIMIT 20',
            'server.address': '127.0.0.1',
            'server.port': 5433,
          },
        },
        trace.setSpan(context.active(), root),
      )
      if (child === 3) span.setStatus({ code: SpanStatusCode.ERROR, message: 'timeout' })
      span.end()
    }
    root.end()
  }
  return exporter.getFinishedSpans()
}

function offsetsOfIds(body: Buffer, ids: ReadonlySet<string>): number[][] {
  return Array.from(ids, (hex) => {
    const id = Buffer.from(hex, 'hex')
    const offsets: number[] = []
    for (let at = body.indexOf(id); at !== -1; at = body.indexOf(id, at + 1)) offsets.push(at)
    return offsets
  })
}
