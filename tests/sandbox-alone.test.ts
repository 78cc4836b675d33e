import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATAGRAM_HEADER, parseDaemonAddress } from '../contracts/daemon-address.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import type { Finished } from './harness/run.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** With these in the settings every provider is live for the workspace. */
const KEYS = {
  HONEYCOMB_API_KEY: 'hcaik_canary0000000000000000',
  AWS_ACCESS_KEY_ID: 'AKIACANARY0000000000',
  AWS_SECRET_ACCESS_KEY: 'canary-of-aws',
  ROLLBAR_ACCESS_TOKEN: 'canary0of0rollbar000000000000000',
}
/** A key, in any form; never to be printed or sent. */
const CANARY = /canary/i

describe.runIf(process.platform === 'linux')('npm run sandbox, beside an app of the person’s own', () => {
  let workspace: TestWorkspace
  let first: Finished

  beforeAll(async () => {
    workspace = await createWorkspace(KEYS)
    first = await workspace.command('sandbox', ['--env', 'flask'])
  })

  afterAll(() => workspace?.dispose())

  /** The variables that a command has printed for `eval`. */
  const variablesOf = ({ stdout }: Finished): Record<string, string> =>
    Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)='?(.*?)'?$/gm)].map(([, name, value]) => [name, value]),
    )

  test('it starts the sandbox alone and without keys, and prints only lines for the shell', async () => {
    const { code, stdout, stderr } = first
    expect(code, stderr).toBe(0)
    expect(stdout.split('\n').filter((line) => !/^(# |export \w+=|$)/.test(line))).toEqual([])
    expect(stderr).toContain('The sandbox runs alone, in the background')
    expect(stderr).toContain(`http://localhost:${workspace.ports.sandbox}`)
    expect(stderr).toContain('The keys for Honeycomb, X-Ray and Rollbar are not used, and not sent.')
    expect(stdout + stderr).not.toMatch(CANARY)
    expect(readFileSync(`/proc/${workspace.pidOf('sandbox')}/environ`, 'utf8')).not.toMatch(CANARY)
    const viewer = await fetch(workspace.sandbox)
    expect([viewer.status, viewer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ])
  })

  test('an app with the printed variables is one trace in all three', async () => {
    const printed = variablesOf(first)
    const traceId = newTraceId()
    const [now, spanId] = [Date.now(), newSpanId()]
    const [header = '', key = ''] = printed.OTEL_EXPORTER_OTLP_HEADERS?.split('=') ?? []
    const span = {
      traceId,
      spanId,
      name: 'GET /',
      kind: 2,
      startTimeUnixNano: `${now - 5}000000`,
      endTimeUnixNano: `${now}000000`,
    }
    const otlp = await fetch(`${printed.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [header]: key },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    })
    expect(otlp.status).toBe(200)
    const item = await fetch(new URL('item/', printed.ROLLBAR_ENDPOINT), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-rollbar-access-token': printed.ROLLBAR_ACCESS_TOKEN ?? '',
      },
      body: JSON.stringify({
        data: { environment: 'test', body: { message: { body: 'It broke' } }, custom: { trace_id: traceId } },
      }),
    })
    expect(item.status).toBe(200)
    const udp = parseDaemonAddress(printed.AWS_XRAY_DAEMON_ADDRESS ?? '')?.udp
    const segment = {
      name: 'my-flask',
      id: newSpanId(),
      trace_id: toXRayTraceId(traceId),
      start_time: now / 1000 - 1,
      end_time: now / 1000,
    }
    const socket = createSocket('udp4')
    socket.send(DATAGRAM_HEADER + JSON.stringify(segment), udp?.port, udp?.host, () => socket.close())

    const stored = await eventually(
      () => workspace.trace(traceId),
      ({ xray }) => xray.segments.length > 0,
    )
    expect([stored.honeycomb.spans.length, stored.xray.segments.length, stored.rollbar.items.length]).toEqual(
      [1, 1, 1],
    )
  })

  test('the same command again, and its variables in the shell, change nothing', async () => {
    const pid = workspace.pidOf('sandbox')
    const again = await workspace.command('sandbox', [], variablesOf(first))
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr).toContain('runs already, alone')
    expect(workspace.pidOf('sandbox')).toBe(pid)
    const { OTEL_EXPORTER_OTLP_ENDPOINT, AWS_XRAY_DAEMON_ADDRESS } = variablesOf(again)
    expect({ OTEL_EXPORTER_OTLP_ENDPOINT, AWS_XRAY_DAEMON_ADDRESS }).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: workspace.sandbox,
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${workspace.ports.daemon}`,
    })
  })

  test('status and doctor miss no backend, and ask no provider about a key', async () => {
    const status = JSON.parse((await workspace.command('status', ['--json'])).stdout)
    expect(status).toMatchObject({
      running: true,
      scope: 'sandbox',
      findings: [],
      processes: [{ name: 'sandbox' }],
    })
    expect(Object.values(status.providers)).toEqual(['local', 'local', 'local'])
    const doctor = await workspace.command('doctor', ['--json'])
    const { ok, checks } = JSON.parse(doctor.stdout)
    const problems = checks.flatMap(({ findings }: { findings: { severity: string }[] }) =>
      findings.filter(({ severity }) => severity === 'problem'),
    )
    expect([ok, problems]).toEqual([true, []])
    expect(doctor.stdout).toContain('The sandbox runs alone')
  })

  test('another workspace with the same ports names the sandbox that has them, and prints nothing to eval', async () => {
    const { code, stdout, stderr } = await workspace.command('sandbox', ['--env', 'go'], {
      WORKSPACE_STATE_DIR: `${workspace.folder}/other`,
    })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Port ${workspace.ports.sandbox} (TCP) is taken by`)
    expect(stderr).toContain(`(pid ${workspace.pidOf('sandbox')})`)
    expect(stderr).toContain('npm run env -- SANDBOX_PORT=')
  })

  test('an unknown stack is an error that lists them, and starts nothing', async () => {
    const { code, stdout, stderr } = await workspace.command('sandbox', ['--env', 'perl'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('flask | node | go | java | browser | collector')
  })

  test('after kill -9 status names the command, which starts the sandbox again; npm stop ends it', async () => {
    process.kill(workspace.pidOf('sandbox'), 'SIGKILL')
    const status = await workspace.command('status')
    expect(status.stdout).toContain('npm run sandbox starts what has to start again')
    const again = await workspace.command('sandbox')
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('runs alone')])
    expect((await fetch(`${workspace.sandbox}/health`)).status).toBe(200)
    const stop = await workspace.command('stop')
    expect([stop.code, stop.stdout]).toEqual([0, expect.stringContaining('Stopped: sandbox')])
    await expect(fetch(workspace.sandbox)).rejects.toThrow()
  })
})
