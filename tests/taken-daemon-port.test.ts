import { createSocket, type Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningProcess, startDatabase, startProcess } from './harness/process.ts'
import { states, verify } from './harness/verify.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('UDP 2000 belongs to a stranger', () => {
  let workspace: TestWorkspace
  let stranger: Socket
  const heard: string[] = []
  const running: RunningProcess[] = []

  beforeAll(async () => {
    workspace = await createWorkspace()
    stranger = createSocket('udp4')
    stranger.on('message', (message) => heard.push(message.toString()))
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve))
  })

  afterAll(async () => {
    for (const one of running) await one.stop()
    stranger.close()
    await workspace.dispose()
  })

  test('setup refuses to start, and says whose port it is and how to move ours', async () => {
    const { port } = stranger.address()
    const env = { AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${port} tcp:127.0.0.1:${workspace.ports.daemon}` }
    const { code, stderr } = await workspace.command('setup', ['--yes'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${port} (UDP) is taken by`)
    expect(stderr).toContain(`pid ${process.pid}`)
    expect(stderr).toContain('AWS_XRAY_DAEMON_ADDRESS')
  })

  test('verify finds only X-Ray missing, and the stranger has the segments', async () => {
    const env = {
      ...workspace.env,
      AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${stranger.address().port} tcp:127.0.0.1:${workspace.ports.daemon}`,
    }
    running.push(await startProcess(['sandbox/server.ts'], workspace.env, `${workspace.sandbox}/health`))
    running.push(await startDatabase(workspace.env))
    running.push(
      await startProcess(
        ['backend/profiles/server.ts'],
        env,
        `http://127.0.0.1:${workspace.ports.profiles}/health`,
      ),
    )
    running.push(await startProcess(['backend/api/server.ts'], env, `${workspace.api}/health`))
    const { code, verification } = await verify(workspace, env)
    expect(code).toBe(1)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'missing', 'found'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toContain('another program listens there')
    const names = heard.map((text) => JSON.parse(text.split('\n')[1] ?? '{}').name)
    expect(names).toContain('cruddur-backend')
    expect(names).toContain('cruddur-backend-profiles')
  })
})
