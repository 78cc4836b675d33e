import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { JSON_TYPE, type SandboxForTest } from './sandbox.ts'
import { sendDatagram } from './send-everywhere.ts'
import { sendSpans } from './viewer-data.ts'

export const SERVICE = 'backend-flask'

interface FlaskRequest {
  readonly path?: string
  readonly status?: number
  readonly startMs: number
  readonly tookMs?: number
}

/**
 * One request to the bootcamp's Flask app as it arrives: a span by OpenTelemetry's instrumentation, a segment by X-Ray's
 * middleware in a datagram, and after an exception an item by pyrollbar. Names, attributes and times are as measured.
 */
export async function sendTwoIds(
  sandbox: SandboxForTest,
  { path = '/api/activities/home', status = 200, startMs, tookMs = 24 }: FlaskRequest,
): Promise<{ readonly honeycomb: string; readonly xray: string }> {
  const [honeycomb, xray] = [newTraceId(), newTraceId()]
  await sendSpans(sandbox, honeycomb, startMs, SERVICE, [
    {
      spanId: newSpanId(),
      name: `GET ${path}`,
      at: 0,
      took: tookMs,
      kind: 2,
      isError: status >= 500,
      attributes: {
        'http.method': 'GET',
        'http.host': 'localhost:4567',
        'http.target': path,
        'http.route': path,
        'http.status_code': status,
      },
    },
  ])
  const { udp } = sandbox.daemon
  if (!udp) throw new Error('The sandbox has no daemon.')
  await sendDatagram(udp, {
    name: SERVICE,
    id: newSpanId(),
    trace_id: toXRayTraceId(xray),
    start_time: (startMs + 1.25) / 1_000,
    end_time: (startMs + tookMs - 0.5) / 1_000,
    http: { request: { method: 'GET', url: `http://localhost:4567${path}` }, response: { status } },
    ...(status >= 500 && { fault: true }),
  })
  if (status >= 500) await sendItem(sandbox, path, startMs)
  return { honeycomb, xray }
}

async function sendItem(sandbox: SandboxForTest, path: string, atMs: number): Promise<void> {
  const exception = { class: 'ZeroDivisionError', message: 'division by zero' }
  const frames = [{ filename: '/app/app.py', lineno: 60, method: 'error', code: '1 / 0' }]
  const data = {
    environment: 'production',
    level: 'error',
    language: 'python 3.11.2',
    timestamp: Math.floor(atMs / 1_000),
    body: { trace: { frames, exception } },
    request: { url: `http://localhost:4567${path}`, method: 'GET' },
    notifier: { name: 'pyrollbar', version: '1.3.0' },
  }
  const headers = { ...JSON_TYPE, 'x-rollbar-access-token': 'any' }
  const answer = await sandbox.post('/api/1/item/', JSON.stringify({ data }), headers)
  if (!answer.ok) throw new Error(`item: ${answer.status}`)
}
