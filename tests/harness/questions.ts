import fc from 'fast-check'
import { expect } from 'vitest'
import { eventsOfLogs, eventsOfTraces, type NaiveEvent } from './naive-events.ts'
import { logs, toProtobuf, traces } from './random-telemetry.ts'
import { OTLP_JSON, type SandboxForTest } from './sandbox.ts'

const REQUESTS = 24

/**
 * Sends random requests, some of them as protobuf, some twice, and returns the events that Honeycomb would make. A question
 * in between has the sandbox load a part of them, so that it adds the rest later.
 */
export async function sendTelemetry(sandbox: SandboxForTest, seed: number): Promise<NaiveEvent[]> {
  const sent: NaiveEvent[][] = []
  for (const [index, request] of fc.sample(traces, { seed, numRuns: REQUESTS }).entries()) {
    if (index === REQUESTS / 2) await ask(sandbox, '/sandbox/query?dataset=__all__', {})
    for (let times = index % 8 === 0 ? 2 : 1; times > 0; times--) {
      await send(sandbox, '/v1/traces', request, 'ExportTraceServiceRequest', index % 2 === 0)
      sent.push(eventsOfTraces(request))
    }
  }
  for (const [index, request] of fc.sample(logs, { seed, numRuns: REQUESTS / 2 }).entries()) {
    await send(sandbox, '/v1/logs', request, 'ExportLogsServiceRequest', index % 2 === 0)
    sent.push(eventsOfLogs(request))
  }
  return sent.flat()
}

async function send(
  sandbox: SandboxForTest,
  path: string,
  request: Parameters<typeof toProtobuf>[1],
  message: Parameters<typeof toProtobuf>[0],
  isJson: boolean,
): Promise<void> {
  const protobuf = { ...OTLP_JSON, 'content-type': 'application/x-protobuf' }
  const response = await (isJson
    ? sandbox.post(path, JSON.stringify(request), OTLP_JSON)
    : sandbox.post(path, toProtobuf(message, request), protobuf))
  expect(response.status).toBe(200)
  if (isJson) expect(await response.json()).toEqual({})
}

export async function ask(sandbox: SandboxForTest, path: string, body: unknown): Promise<unknown> {
  const response = await sandbox.post(path, JSON.stringify(body), { 'content-type': 'application/json' })
  const answer = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

/** Numbers within a relative difference of 1e-9. */
export function approximately<Row extends Readonly<Record<string, unknown>>>(row: Row): Row {
  const cells = Object.entries(row).map(([key, cell]) => [key, typeof cell === 'number' ? near(cell) : cell])
  return Object.fromEntries(cells)
}

export function near(wanted: number): unknown {
  return {
    // Known to the printer of differences.
    $$typeof: Symbol.for('jest.asymmetricMatcher'),
    asymmetricMatch: (actual: unknown) =>
      typeof actual === 'number' && Math.abs(actual - wanted) <= 1e-9 * Math.max(Math.abs(wanted), 1e-9),
    toString: () => 'Near',
    toAsymmetricMatcher: () => `about ${wanted}`,
  }
}
