import { createSocket, type Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorkspace, states, type TestWorkspace } from './harness/workspace.ts'

describe('another program listens on the X-Ray daemon’s UDP port', () => {
  let workspace: TestWorkspace
  let other: Socket
  const received: string[] = []

  /** Only the UDP port of the daemon’s address is the other program’s. */
  const taken = () => ({
    AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${other.address().port} tcp:127.0.0.1:${workspace.ports.daemon}`,
  })

  beforeAll(async () => {
    workspace = await createWorkspace()
    other = createSocket('udp4')
    other.on('message', (message) => received.push(message.toString()))
    await new Promise<void>((resolve) => other.bind(0, '127.0.0.1', resolve))
  })

  afterAll(async () => {
    await workspace.dispose()
    other.close()
  })

  test('setup does not start, and says who has the port and how to move ours', async () => {
    const { code, stderr } = await workspace.command('setup', ['--yes'], taken())
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${other.address().port} (UDP) is taken by`)
    expect(stderr).toContain(`pid ${process.pid}`)
    expect(stderr).toContain('AWS_XRAY_DAEMON_ADDRESS')
  })

  test('verify finds only X-Ray missing, and the other program has the segments', async () => {
    await workspace.startServices(taken())
    const verification = await workspace.verify(taken())
    expect(verification.ok).toBe(false)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'missing', 'found'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toContain('another program listens there')
    const names = received.map((text) => JSON.parse(text.split('\n')[1] ?? '{}').name)
    expect(names).toContain('cruddur-backend')
    expect(names).toContain('cruddur-backend-profiles')
  })
})
