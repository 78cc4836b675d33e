import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { type RunningProcess, startProcess } from './harness/process.ts'
import type { StoredTrace } from './harness/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let workspace: TestWorkspace
let mishaps: RunningProcess

beforeAll(async () => {
  workspace = await createWorkspace({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' })
  await workspace.startSandboxHere()
  mishaps = await startProcess(['tests/fixtures/mishaps.ts'], workspace.env, `${workspace.api}/health`)
})

afterAll(async () => {
  await mishaps.stop()
  await workspace.dispose()
})

/**
 * Sends a request and waits for what the three providers have of it: one span, one segment, `items` Rollbar items, and at
 * least `minLogs` log records, which arrive separately.
 */
async function recordOf(path: string, items: number, act = ask, minLogs = 0) {
  const traceId = newTraceId()
  await act(path, { traceparent: `00-${traceId}-${newSpanId()}-01` })
  await expect
    .poll(
      async () => {
        const { honeycomb, xray, rollbar } = await workspace.trace(traceId)
        const logs = Math.min(honeycomb.logs.length, minLogs)
        return [honeycomb.spans.length, xray.segments.length, rollbar.items.length, logs]
      },
      { timeout: 10_000, message: `spans, segments, items and logs of ${path}\n${mishaps.output()}` },
    )
    .toEqual([1, 1, items, minLogs])
  return view(await workspace.trace(traceId))
}

function view({ honeycomb, xray, rollbar }: StoredTrace) {
  return {
    span: honeycomb.spans[0],
    segment: xray.segments[0],
    item: rollbar.items[0],
    logs: honeycomb.logs,
  }
}

async function ask(path: string, headers: Record<string, string>): Promise<void> {
  await (await fetch(`${workspace.api}${path}`, { headers })).text()
}

/** Disconnects after the first half of the response. */
function hangUp(path: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(`${workspace.api}${path}`, { headers }, (response) => {
      response.once('data', () => request.destroy())
      response.once('close', resolve)
      response.on('error', () => {})
    })
    request.on('error', reject)
  })
}

/** Expects that the response is cut off half way, and that the client notices. */
async function expectCutOff(path: string, headers: Record<string, string>): Promise<void> {
  await expect(ask(path, headers)).rejects.toThrow('terminated')
}

const exception = (type: string, message: string) => ({
  name: 'exception',
  attributes: { 'exception.type': type, 'exception.message': message },
})
const cause = (type: string, message: string) => ({ exceptions: [{ type, message }] })

describe('every kind of failure is recorded in all three providers', () => {
  test('an async throw is a 500, a fault and an item, and all have the item’s uuid', async () => {
    const { span, segment, item, logs } = await recordOf('/async-throw', 1, ask, 2)
    expect(span).toMatchObject({
      name: 'GET /async-throw',
      status: { code: 'ERROR', message: 'thrown a turn later' },
      attributes: { 'http.response.status_code': 500, 'rollbar.uuid': expect.any(String) },
      events: [exception('TypeError', 'thrown a turn later')],
    })
    const uuid = span?.attributes['rollbar.uuid']
    expect(segment).toMatchObject({
      fault: true,
      annotations: { rollbar_uuid: uuid },
      cause: cause('TypeError', 'thrown a turn later'),
    })
    expect(JSON.stringify(item)).toContain(String(uuid))
    expect(logs.map(({ severityText }) => severityText)).toEqual(['ERROR', 'ERROR'])
  })

  test('a thrown value that is not an Error is recorded as its JSON', async () => {
    const { span, segment, item } = await recordOf('/non-error', 1)
    expect(span).toMatchObject({
      status: { code: 'ERROR' },
      events: [exception('Error', 'thrown: {"code":7}')],
    })
    expect(segment).toMatchObject({ fault: true, cause: cause('Error', 'thrown: {"code":7}') })
    expect(JSON.stringify(item)).toContain('thrown: {\\"code\\":7}')
  })

  test('class, message and causes are alike in span, log, segment and item, for every odd error', async () => {
    const refused = 'connect ECONNREFUSED 127.0.0.1:1'
    const kinds: [kind: string, ...chain: [type: string, message: string][]][] = [
      ['frozen', ['RangeError', 'frozen']],
      ['other-realm', ['TypeError', 'of another realm']],
      ['unreadable', ['Unreadable', '(the message cannot be read)']],
      ['no-message', ['AggregateError', refused], ['Error', refused]],
      ['causes', ['Error', 'top'], ['TypeError', 'middle'], ['Error', 'the root is a text']],
      ['database', ['DatabaseError', 'no table']],
      ['upstream-404', ['Error', 'upstream']],
    ]
    await Promise.all(
      kinds.map(async ([kind, ...chain]) => {
        const { span, segment, item, logs } = await recordOf(`/odd/${kind}`, 1, ask, 2)
        const [[type, message] = []] = chain
        const attributes = {
          'exception.type': type,
          'exception.message': message,
          'exception.stacktrace': expect.stringContaining(`${type}`),
        }
        expect(span).toMatchObject({ status: { code: 'ERROR', message }, events: [{ attributes }] })
        const stack = String(span?.events[0]?.attributes['exception.stacktrace']).split('\n')
        expect(stack.filter((line) => line.startsWith('Caused by: '))).toEqual(
          chain.slice(1).map((cause) => `Caused by: ${cause.join(': ')}`),
        )
        expect(logs.find(({ body }) => body === message)).toMatchObject({ attributes })
        expect(segment).toMatchObject({
          fault: true,
          cause: { exceptions: chain.map(([name, text]) => ({ type: name, message: text })) },
        })
        expect(item).toMatchObject({
          data: {
            server: { root: process.cwd() },
            body: {
              trace_chain: chain.map(([name, text]) => ({ exception: { class: name, message: text } })),
            },
          },
        })
        expect(JSON.stringify(item)).not.toContain('file://')
      }),
    )
  })

  test('an item has the code of the application, and paths in the application’s folder', async () => {
    const { item } = await recordOf('/odd/causes', 1)
    const path = join(process.cwd(), 'tests/fixtures/mishaps.ts')
    const code = '  throw ODD[params.kind]?.()'
    const text = JSON.stringify(item)
    expect(text).toContain(`"filename":"${path}"`)
    expect(text).toContain(JSON.stringify(code))
  })

  test('fields of the log that cannot be read, or have its own names, do not fail the request', async () => {
    const { span, logs } = await recordOf('/logs-oddly', 0, ask, 2)
    expect(span?.attributes['http.response.status_code']).toBe(200)
    expect(logs[0]).toMatchObject({
      severityText: 'INFO',
      body: 'odd fields',
      attributes: { _time: 'noon', _level: 'gold', broken: '[unreadable]' },
    })
  })

  test('a 404 is an error without a fault and without an item', async () => {
    const { span, segment } = await recordOf('/nowhere', 0)
    expect(span).toMatchObject({
      name: 'GET',
      status: { code: 'UNSET' },
      attributes: { 'http.response.status_code': 404 },
      events: [],
    })
    expect(segment).toMatchObject({ error: true, http: { response: { status: 404 } } })
    expect(segment).not.toHaveProperty('fault')
    expect(segment).not.toHaveProperty('throttle')
  })

  test('a 429 is a throttle without a fault and without an item', async () => {
    const { span, segment } = await recordOf('/limited', 0)
    expect(span).toMatchObject({
      status: { code: 'UNSET' },
      attributes: { 'http.response.status_code': 429 },
    })
    expect(segment).toMatchObject({ error: true, throttle: true })
    expect(segment).not.toHaveProperty('fault')
  })

  test('a client that disconnects during a response is recorded, but not as a failure', async () => {
    const { span, segment, logs } = await recordOf('/endless', 0, hangUp, 1)
    expect(span).toMatchObject({
      name: 'GET /endless',
      status: { code: 'UNSET' },
      attributes: { 'http.response.status_code': 200, 'app.client_hung_up': true },
    })
    expect(segment).toMatchObject({ annotations: { app_client_hung_up: true } })
    expect(segment).not.toHaveProperty('fault')
    expect(logs).toMatchObject([{ severityText: 'WARN' }])
  })

  test('a response that fails half way is a fault, although its status was sent as 200', async () => {
    const { span, segment, item } = await recordOf('/half-way', 1, expectCutOff)
    expect(span).toMatchObject({
      status: { code: 'ERROR', message: 'the second half failed' },
      attributes: { 'http.response.status_code': 200 },
      events: [exception('Error', 'the second half failed')],
    })
    expect(segment).toMatchObject({ fault: true, cause: cause('Error', 'the second half failed') })
    expect(item).toBeDefined()
  })

  test('a request that the end of the process cuts off is recorded, too', async () => {
    const own = await createWorkspace({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' })
    const env = { ...workspace.env, PORT: own.env.PORT ?? '' }
    const second = await startProcess(['tests/fixtures/mishaps.ts'], env, `${own.api}/health`)
    const traceId = newTraceId()
    const headers = { traceparent: `00-${traceId}-${newSpanId()}-01` }
    const sent = get(`${own.api}/endless`, { headers }, (response) => response.on('error', () => {}).resume())
    sent.on('error', () => {})
    await new Promise((arrived) => sent.once('response', arrived))
    expect(await second.stop()).toBe(0)
    // Nothing confirms a datagram.
    await expect.poll(async () => (await workspace.trace(traceId)).xray.segments.length).toBe(1)
    const { span, segment, logs } = view(await workspace.trace(traceId))
    expect(span, second.output()).toMatchObject({ attributes: { 'app.client_hung_up': true } })
    expect(segment).toBeDefined()
    expect(logs).toHaveLength(1)
    await own.dispose()
  })

  test('a rejection outside any request has a separate trace in all three, and the process ends with 1', async () => {
    const exited = new Promise<number | null>((resolve) => mishaps.child.once('exit', resolve))
    await ask('/rejection-outside', {})
    expect(await exited).toBe(1)
    const { traces } = (await (await fetch(`${workspace.sandbox}/sandbox/traces?limit=100`)).json()) as {
      traces: { traceId: string; rootName: string }[]
    }
    const found = traces.find(({ rootName }) => rootName === 'uncaught error')
    const { span, segment, item } = view(await workspace.trace(found?.traceId ?? ''))
    expect(span).toMatchObject({
      status: { code: 'ERROR' },
      events: [exception('RangeError', 'nobody waits for this')],
    })
    expect(segment).toMatchObject({ fault: true, cause: cause('RangeError', 'nobody waits for this') })
    expect(JSON.stringify(item)).toContain('nobody waits for this')
    expect(mishaps.output()).toContain('RangeError: nobody waits for this')
  })
})
