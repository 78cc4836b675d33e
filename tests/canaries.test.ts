import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { SETTING_NAMES, SETTINGS, type Setting } from '../settings/catalogue.ts'
import { type RunningProcess, startProcess } from './harness/process.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const SECRETS = SETTING_NAMES.filter((name) => SETTINGS[name].secret)
/** Matches every canary value and nothing else. */
const CANARY = /canary-[a-z0-9_-]+/gi

/** A valid value of the setting that contains a canary. */
function canaryFor(name: (typeof SECRETS)[number]): string {
  const setting: Setting = SETTINGS[name]
  const forms = [
    `canary-${name.toLowerCase()}`,
    `postgres://user:canary-${name.toLowerCase()}@127.0.0.1:9/db`,
  ]
  const form = name === 'OTEL_EXPORTER_OTLP_HEADERS' ? [`x-other=canary-${name.toLowerCase()}`] : forms
  return form.find((value) => setting.schema.safeParse(value).success) ?? ''
}

describe('no secret leaves the process', () => {
  let workspace: TestWorkspace
  let mishaps: RunningProcess

  beforeAll(async () => {
    workspace = await createWorkspace({
      ...Object.fromEntries(SECRETS.map((name) => [name, canaryFor(name)])),
      // No setting, and read by nothing.
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-honeycomb-team=canary-traces-headers',
      HONEYCOMB_ENABLED: 'local',
      XRAY_ENABLED: 'local',
      ROLLBAR_ENABLED: 'local',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    })
    await workspace.startSandboxHere()
    mishaps = await startProcess(['tests/fixtures/mishaps.ts'], workspace.env, `${workspace.api}/health`)
  })

  afterAll(async () => {
    await mishaps.stop()
    await workspace.dispose()
  })

  test('no secret of a request, of an error’s message or of a log line is stored', async () => {
    const traceIds: string[] = []
    const send = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
      const traceId = newTraceId()
      traceIds.push(traceId)
      const traceparent = `00-${traceId}-${newSpanId()}-01`
      await (await fetch(`${workspace.api}${path}`, { ...init, headers: { ...headers, traceparent } })).text()
    }
    for (const path of ['/quotes-secrets', '/async-throw', '/limited', '/nowhere']) {
      await send(`${path}?token=canary-query&limit=3`, {
        authorization: 'Bearer canary-authorization',
        cookie: 'session=canary-cookie',
        'x-api-key': 'canary-api-key',
        'x-honeycomb-team': 'canary-team',
        referer: 'http://localhost/canary-path?token=canary-referer',
        // This route logs all headers, as the application's own decision.
        ...(path !== '/quotes-secrets' && {
          'x-forwarded-for': '203.0.113.77, canary-address',
          'x-real-ip': '203.0.113.78',
          'x-forwarded-host': 'canary-host',
          tracestate: 'other=canary-tracestate',
        }),
      })
    }
    const body = JSON.stringify({ message: 'canary-message', password: 'canary-password' })
    const headers = {
      'content-type': 'application/json',
      'x-auth-token': 'canary-auth-token',
      'x-original-uri': '/a?token=canary-original',
      origin: 'http://me:canary-origin@localhost',
    }
    await send('/refuses?canary-bare', headers, { method: 'POST', body })
    const stored = async () => {
      const traces = await Promise.all(traceIds.map((id) => workspace.trace(id)))
      return traces.flatMap(({ honeycomb, xray, rollbar }) => [
        honeycomb.spans.length,
        xray.segments.length,
        rollbar.items.length,
      ])
    }
    await expect.poll(stored, { timeout: 5_000 }).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1])

    const returned = JSON.stringify(await Promise.all(traceIds.map((id) => workspace.trace(id))))
    expect(returned).toContain('cannot connect with REDACTED')
    expect(returned).toContain('limit=3')
    expect(returned.match(CANARY)).toBeNull()
    expect(returned).not.toContain('203.0.113.')
    expect(mishaps.output()).toContain('cannot connect with REDACTED')
    expect(mishaps.output().match(CANARY)).toBeNull()

    // Every byte in the sandbox's store, because the reads may leave something out.
    const data = join(workspace.folder, 'state', 'data')
    for (const file of readdirSync(data)) {
      expect(readFileSync(join(data, file), 'latin1').match(CANARY), file).toBeNull()
    }
  })
})
