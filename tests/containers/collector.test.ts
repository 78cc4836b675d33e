import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { compose, container, containers, down, memory, STAND_INS, up, WHY } from './docker.ts'
import { command, complete, request } from './workspace.ts'

const why = WHY ?? (STAND_INS && !STAND_INS.collector ? 'otelcol-contrib is not on PATH' : undefined)
/** The gateway decides about a trace after ten seconds. */
const DECIDED_S = '30'

describe.skipIf(why)(`profile collector${why ? ` (skipped: ${why})` : ''}`, () => {
  beforeAll(async () => {
    await down()
    const ms = await up('collector')
    console.info(`From up to healthy, profile collector: ${(ms / 1000).toFixed(1)} s`)
  })
  afterAll(down)

  test('both collectors run with the configurations of the clone, and the agent answers for its health', async () => {
    for (const service of ['collector', 'collector-gateway']) {
      const { State, RestartCount, HostConfig } = await container(service)
      expect([State.Running, RestartCount, HostConfig.ReadonlyRootfs], service).toEqual([true, 0, true])
    }
    expect((await fetch('http://127.0.0.1:13133')).status).toBe(200)
  })

  test('verify finds one request in all three providers, from outside', async () => {
    const { code, stdout, stderr } = await command(
      'verify',
      ['--timeout', DECIDED_S],
      inject('project')?.folder ?? '',
    )
    expect(code, stdout + stderr).toBe(0)
    expect((stdout + stderr).match(/found:/g)).toHaveLength(3)
  })

  test('SIGTERM ends api and profiles with exit code 0, and loses no telemetry of failing requests', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => request('/rollbar/test', 500)))
    expect((await compose(['stop', 'collected-api', 'collected-profiles'])).code).toBe(0)
    for (const service of ['collected-api', 'collected-profiles'])
      expect((await container(service)).State.ExitCode, service).toBe(0)
    const answered = ids.filter((id) => id !== undefined)
    expect(answered).toHaveLength(10)
    expect(await complete(answered, { spans: 1, segments: 1, withinMs: 40_000 })).toHaveLength(10)
    console.info(`Memory in MiB, profile collector: ${JSON.stringify(await memory())}`)
    for (const { service, State } of await containers()) expect(State.OOMKilled, service).toBe(false)
  })
})
