import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeDocker } from './harness/fake-docker.ts'
import { type RunningProcess, startProcess } from './harness/process.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** Keys in `.env`, with which X-Ray is live in a shell. In profile `local` it is the sandbox nevertheless. */
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-key' }

const COMMANDS = {
  sandbox: ['sandbox/server.ts'],
  profiles: ['--import', './backend/profiles/instrumentation.ts', 'backend/profiles/server.ts'],
  api: ['--import', './backend/api/instrumentation.ts', 'backend/api/server.ts'],
} as const

const DOCKER = 'docker compose --project-name somewhere-else --profile local'

/**
 * The processes are those of the images, with the variables of docker-compose.yml, and no engine: what the commands beside
 * them learn, they learn from the answers. `npm run test:containers` asks the same of an engine's containers.
 */
describe('beside the containers of docker compose --profile local', () => {
  let workspace: TestWorkspace
  const running = new Map<string, RunningProcess>()

  /** The service as its container runs it: the profile decides about X-Ray, and Compose names the project. */
  async function start(name: keyof typeof COMMANDS): Promise<void> {
    const env = {
      ...workspace.env,
      XRAY_ENABLED: 'local',
      WORKSPACE_CONTAINER: `somewhere-else/${name}`,
      WORKSPACE_STATE_DIR: join(workspace.folder, 'of the containers'),
    }
    running.set(name, await startProcess(COMMANDS[name], env, `${workspace[name]}/health`))
  }

  beforeAll(async () => {
    workspace = await createWorkspace(KEYS)
    await start('sandbox')
    await Promise.all([start('profiles'), start('api')])
  })
  afterAll(async () => {
    await Promise.all([...running.values()].map((one) => one.stop()))
    await workspace?.dispose()
  })

  test('verify asks the providers of the profile, and says which containers answer', async () => {
    const { code, stdout, stderr } = await workspace.command('verify')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('Containers answer: Docker Compose (profile local, project somewhere-else)')
    expect(stdout.match(/ {2}local {2}found/g)).toHaveLength(3)
  })

  test('aws makes the rules in their sandbox, and doctor has no complaint about them', async () => {
    const { stdout: made } = await workspace.command('aws')
    expect(made).toMatch(/group Cruddur: (created|up to date)/)
    const { code, stdout } = await workspace.command('doctor', [], { HOME: workspace.folder })
    expect(code, stdout).toBe(0)
    expect(stdout).toMatch(
      /Containers answer: Docker Compose .*, api, profiles, sandbox; npm run verify checks them/,
    )
    expect(stdout).toContain('3 resources of X-Ray are as aws/json/ has them')
    expect(stdout).toMatch(/Accepted from api: .*X-Ray segments/)
    expect(stdout).not.toMatch(/taken|Nothing runs|No X-Ray daemon|npm run logs|npm run setup/)
  })

  test('status has their row in the place of the processes', async () => {
    const { stdout } = await workspace.command('status')
    expect(stdout).toMatch(new RegExp(`^api +ready +http://127.0.0.1:${workspace.ports.api}`, 'm'))
    expect(stdout).toContain(`To end them: ${DOCKER} down`)
    expect(stdout).not.toMatch(/Not running|database/)
  })

  test.each(['setup', 'sandbox'])(
    '%s does not start on their ports, and says whose they are',
    async (name) => {
      const { api, profiles, sandbox, grpc, daemon } = workspace.ports
      const { code, stdout, stderr } = await workspace.command(name, name === 'setup' ? ['--yes'] : [], {
        XRAY_ENABLED: 'local',
      })
      expect(code).toBe(1)
      const [, whose, taken] = /(Docker Compose .*) has our ports (.*)\.\n/.exec(stdout + stderr) ?? []
      expect(whose, stdout + stderr).toBe('Docker Compose (profile local, project somewhere-else)')
      // A row of numbers is shortened, and the sandbox alone wants its ports only.
      const own = name === 'sandbox' ? [sandbox, grpc, daemon] : [api, profiles, sandbox, grpc, daemon]
      expect(taken).toMatch(new RegExp(`${Math.min(...own)}.*${Math.max(...own)}`))
      expect(stdout + stderr).toContain(`End them (${DOCKER} down), or move ours to free ports:`)
    },
  )

  test('npm run containers names whose they are before it builds another profile', async () => {
    const { folder, ports } = workspace
    const docker = fakeDocker(folder, { ports: [{ published: ports.api, target: 4567, protocol: 'tcp' }] })
    const env = { PATH: `${docker.folder}:/usr/bin:/bin` }
    const { code, stderr } = await workspace.command('containers', ['up', 'live'], env)
    expect([code, docker.asked()]).toEqual([1, []])
    expect(stderr).toContain(`taken by Docker Compose (profile local, project somewhere-else).`)
    expect(stderr).toContain(`\n    ${DOCKER} down\n    npm run containers -- up live\n`)
  })

  test('stop and logs name what to type in their place', async () => {
    const { stdout } = await workspace.command('stop')
    expect(stdout).toContain(`To end them: ${DOCKER} down`)
    const logs = await workspace.command('logs', ['--no-follow', 'api'])
    expect(logs.stdout).toContain(`Their logs: ${DOCKER} logs api`)
  })

  // The last test: it ends a container.
  test('verify and doctor name the log of a container that does not answer', async () => {
    await running.get('profiles')?.stop()
    const { stdout } = await workspace.command('verify')
    expect(stdout).toMatch(`${DOCKER} up --detach --wait starts it; ${DOCKER} logs profiles shows its log.`)
    const doctor = await workspace.command('doctor', [], { HOME: workspace.folder })
    expect(doctor.stdout).toContain('The container of profiles does not answer')
    expect(doctor.stdout).toContain(`${DOCKER} logs profiles says why`)
  })
})
