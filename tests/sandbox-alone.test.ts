import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDaemonAddress } from '../contracts/daemon-address.ts'
import { newTraceId } from '../contracts/trace-id.ts'
import type { Finished } from './harness/run.ts'
import { sendEverywhere, spanOf } from './harness/send-everywhere.ts'
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
    const daemon = parseDaemonAddress(printed.AWS_XRAY_DAEMON_ADDRESS ?? '')?.udp
    const [header = '', key = ''] = printed.OTEL_EXPORTER_OTLP_HEADERS?.split('=') ?? []
    // What is sent below.
    expect(printed.OTEL_EXPORTER_OTLP_PROTOCOL).toBe('http/protobuf')
    const traceId = await sendEverywhere({
      otlp: printed.OTEL_EXPORTER_OTLP_ENDPOINT ?? '',
      otlpHeaders: { [header]: key },
      // As pyrollbar joins it.
      items: new URL('item/', printed.ROLLBAR_ENDPOINT).href,
      rollbarToken: printed.ROLLBAR_ACCESS_TOKEN ?? '',
      daemon: daemon ?? expect.fail('no daemon'),
    })
    const { honeycomb, rollbar } = await eventually(
      () => workspace.trace(traceId),
      ({ xray }) => xray.segments.length === 1,
    )
    expect([honeycomb.spans.length, rollbar.items.length]).toEqual([1, 1])
  })

  test('X-Ray’s OTLP endpoint and its key are printed too', async () => {
    const { XRAY_OTLP_ENDPOINT = '', XRAY_API_KEY } = variablesOf(first)
    const search = new URL('/UpdateTraceSegmentDestination', XRAY_OTLP_ENDPOINT)
    await fetch(search, { method: 'POST', body: '{"Destination":"CloudWatchLogs"}' })
    const traceId = newTraceId()
    const headers = { 'content-type': 'application/x-protobuf', authorization: `Bearer ${XRAY_API_KEY}` }
    const sent = await fetch(XRAY_OTLP_ENDPOINT, { method: 'POST', headers, body: spanOf(traceId) })
    expect(sent.status).toBe(200)
    const { honeycomb, xray } = await workspace.trace(traceId)
    expect([honeycomb.spans.length, xray.segments.length]).toEqual([0, 1])
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
})
