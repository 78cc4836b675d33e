import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { sandboxForTest } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'

const sandbox = await sandboxForTest()
afterAll(() => sandbox[Symbol.asyncDispose]())

interface Segment {
  readonly [key: string]: unknown
  readonly subsegments?: readonly { readonly id: string; readonly [key: string]: unknown }[]
}

test('an app with the X-Ray SDK in automatic mode sends its segments here, and its trace is whole', async () => {
  const { udp, tcp } = sandbox.daemon
  const app = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'xray-sdk-automatic.ts')], {
    env: {
      PATH: process.env.PATH,
      // Express prints no stack of the error then.
      NODE_ENV: 'test',
      AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${udp?.port} tcp:127.0.0.1:${tcp?.port}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [address] = (await once(app.stdout, 'data')) as [Buffer]
    const traceId = newTraceId()
    const headers = { 'x-amzn-trace-id': `Root=${toXRayTraceId(traceId)};Sampled=1` }
    const response = await fetch(`${String(address).trim()}/outer`, { headers })
    expect(response.status).toBe(500)
    const segments = (await eventually(
      async () => (await sandbox.trace(traceId)).xray.segments,
      (found) => found.length === 2,
    )) as readonly Segment[]
    const outer = segments.find(({ fault }) => fault === true)
    const inner = segments.find(({ fault }) => fault !== true)
    expect(outer).toMatchObject({
      annotations: { who: 'maya' },
      http: { response: { status: 500 } },
      subsegments: [
        {
          namespace: 'remote',
          http: { response: { status: 200 } },
          // Thrown in the call's own callback, which is why the SDK says it of the call.
          cause: { exceptions: [{ type: 'TypeError', message: 'boom' }] },
        },
      ],
    })
    expect(inner).toMatchObject({
      parent_id: outer?.subsegments?.[0]?.id,
      http: { response: { status: 200 } },
    })
    expect((await sandbox.counts()).xray.dropped).toBe(0)
  } finally {
    app.kill()
  }
})
