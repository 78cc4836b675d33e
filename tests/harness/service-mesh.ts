import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { VERIFY_USER_AGENT } from '../../contracts/verify-client.ts'
import type { SandboxForTest } from './sandbox.ts'
import { sendSegments } from './viewer-data.ts'

/** Sends the segments of a request to a service that queries a database, by default without OpenTelemetry's route. */
export async function sendCall(
  sandbox: SandboxForTest,
  {
    service = 'api',
    path = '/orders/1',
    route = '',
    query = 'select id from orders where id = $1',
    fails = false,
    verify = false,
    startMs = Date.now() - 2_000,
  },
): Promise<void> {
  const trace_id = toXRayTraceId(newTraceId(startMs))
  const [clientId, id] = [newSpanId(), newSpanId()]
  const time = (fromMs: number, toMs: number) => ({
    start_time: (startMs + fromMs) / 1_000,
    end_time: (startMs + toMs) / 1_000,
  })
  const request = { method: 'GET', url: `http://${service}.example${path}` }
  const outcome = { response: { status: fails ? 500 : 200 } }
  await sendSegments(sandbox, [
    ...(verify
      ? [
          {
            name: `${service}-verify`,
            id: clientId,
            trace_id,
            ...time(0, 50),
            http: { request, ...outcome },
            fault: fails,
          },
        ]
      : []),
    {
      name: service,
      id,
      trace_id,
      ...(verify && { parent_id: clientId }),
      ...time(5, 45),
      http: { request: { ...request, user_agent: verify ? VERIFY_USER_AGENT : 'curl' }, ...outcome },
      fault: fails,
      annotations: route ? { http_route: route } : {},
      subsegments: [
        {
          name: 'cruddur@db',
          id: newSpanId(),
          namespace: 'remote',
          ...time(10, 20),
          sql: { sanitized_query: query },
        },
      ],
    },
  ])
}

/**
 * Sends one trace through this many services: each calls up to three later ones, some of which fail, and one that was
 * called before.
 */
export async function sendMesh(
  sandbox: SandboxForTest,
  services: number,
  startMs = Date.now() - 2_000,
): Promise<void> {
  const trace_id = toXRayTraceId(newTraceId(startMs))
  const documents: Record<string, unknown>[] = []
  const add = (index: number, parent_id: string | undefined, depth: number) => {
    const id = newSpanId()
    const status = index % 7 === 3 ? 500 : index % 5 === 4 ? 404 : 200
    documents.push({
      name: `service-${index}-of-the-mesh`,
      id,
      trace_id,
      ...(parent_id && { parent_id }),
      start_time: (startMs + depth) / 1_000,
      end_time: (startMs + 100 + index) / 1_000,
      http: {
        request: { method: 'GET', url: `http://service-${index}/items/${index}/parts` },
        response: { status },
      },
      ...(status >= 500 && { fault: true }),
      ...(status === 404 && { error: true }),
    })
    return id
  }
  const ids = [add(0, undefined, 0)]
  for (let index = 1; index < services; index++) ids.push(add(index, ids[Math.floor((index - 1) / 3)], index))
  // Calls between branches, also backwards.
  for (let index = 2; index + 1 < services; index += 4) {
    add(index + 1, ids[index], 1)
    add(Math.floor(index / 2), ids[index + 1], 2)
  }
  for (let from = 0; from < documents.length; from += 50)
    await sendSegments(sandbox, documents.slice(from, from + 50))
}
