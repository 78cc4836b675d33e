import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetSamplingRulesCommand } from '@aws-sdk/client-xray'
import { afterAll, afterEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { DATAGRAM_HEADER } from '../../contracts/daemon-address.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { xrayClientOf } from '../harness/sandbox.ts'
import { eventually } from '../harness/wait-for.ts'
import { compose, container, docker, down, memory, STAND_INS, type TestProject, up, WHY } from './docker.ts'
import { complete, DAEMON, request } from './workspace.ts'

/** Of a machine with 16 GB, the daemon's default for its buffers is 160 MB. */
const FLOOD = 6_000
const DATAGRAM_BYTES = 60_000
/** EC2's metadata service would be asked for twelve seconds. */
const SAYS_SO_MS = 8_000
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'for-the-sandbox' }
const isScript = STAND_INS?.daemon.endsWith(':script') ?? false
const whyDaemon = WHY ?? (isScript ? 'no X-Ray daemon (xray) is on PATH' : undefined)

/** The sandbox answers the daemon in the place of AWS. */
function withSandboxAsAws(): TestProject {
  const project = inject('project')
  if (!project) throw new Error('There is no engine')
  const file = join(project.folder, 'aws-is-the-sandbox.json')
  const environment = { AWS_ENDPOINT_URL: 'http://sandbox:4318' }
  writeFileSync(file, JSON.stringify({ services: { 'xray-daemon': { environment } } }))
  return { ...project, files: [...project.files, file] }
}

describe.skipIf(WHY)(`profile live${WHY ? ` (skipped: ${WHY})` : ''}`, () => {
  afterEach(down)
  afterAll(down)

  test('sends segments through the daemon, answers for rules at its TCP port, and says how to create them', async () => {
    const options = { project: withSandboxAsAws(), env: KEYS }
    const ms = await up('live', options)
    console.info(
      `From up to healthy, profile live: ${(ms / 1000).toFixed(1)} s; memory in MiB ${JSON.stringify(await memory())}`,
    )
    const client = xrayClientOf(DAEMON)
    onTestFinished(() => client.destroy())
    const { SamplingRuleRecords = [] } = await client.send(new GetSamplingRulesCommand({}))
    expect(SamplingRuleRecords.map(({ SamplingRule }) => SamplingRule?.RuleName)).toEqual(['Default'])
    const id = await request()
    expect(await complete(id ? [id] : [])).toHaveLength(1)
    const { stdout } = await compose(['--profile', 'live', 'logs', 'live-rules'], options)
    expect(stdout).toContain('npm run aws')
  })

  describe.skipIf(whyDaemon)(`with AWS’s daemon${whyDaemon ? ` (skipped: ${whyDaemon})` : ''}`, () => {
    test('the daemon stays within its limit while AWS does not answer', async () => {
      const options = { project: withSandboxAsAws(), env: KEYS }
      await up('live', options)
      await docker(['pause', (await container('sandbox-alone')).Id])
      await sendSegments(FLOOD, DATAGRAM_BYTES)
      const { 'xray-daemon': used } = await memory()
      await docker(['unpause', (await container('sandbox-alone')).Id])
      const { State, RestartCount } = await container('xray-daemon')
      console.info(`The daemon’s memory with full buffers: ${used} MiB`)
      expect([State.OOMKilled, RestartCount, State.Running]).toEqual([false, 0, true])
    })

    test('without keys the daemon says so at once', async () => {
      await up('live')
      const startedAt = performance.now()
      await sendSegments(1, 500)
      const logs = await eventually(
        async () => {
          const { stdout } = await compose(['--profile', 'live', 'logs', 'xray-daemon'])
          return stdout
        },
        (text) => /credential/i.test(text),
        20_000,
      )
      expect(performance.now() - startedAt, logs).toBeLessThan(SAYS_SO_MS)
    })
  })
})

/** Sends the daemon this many segments, each with a datagram of this size. */
async function sendSegments(count: number, bytes: number): Promise<void> {
  const { hostname, port } = new URL(DAEMON)
  const socket = createSocket('udp4')
  const now = Date.now() / 1000
  for (let index = 0; index < count; index += 1) {
    const segment = {
      name: 'app',
      id: newSpanId(),
      trace_id: toXRayTraceId(newTraceId()),
      start_time: now - 1,
      end_time: now,
    }
    const text = JSON.stringify({ ...segment, metadata: { default: { filler: 'x'.repeat(bytes - 300) } } })
    await new Promise<void>((resolve) =>
      socket.send(`${DATAGRAM_HEADER}${text}`, Number(port), hostname, () => resolve()),
    )
  }
  socket.close()
}
