import { appendFileSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { shellWord } from '../../contracts/shell-word.ts'
import {
  type Behaviour,
  describeProcesses,
  type FixtureWorkspace,
  test,
} from '../../tests/harness/processes.ts'
import { scaled } from '../../tests/harness/scale.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { hasEnded } from '../machine/identity.ts'
import { ensureRunning } from './ensure-running.ts'
import { readState } from './state.ts'

const CTRL_C = '\x03'

/** Under a shell, as npm has one: Ctrl-C reaches the whole foreground group. */
const inShell = (command: string[]) => [
  'script',
  '-qec',
  `trap : INT; ${command.map(shellWord).join(' ')}; echo "exit code $?"`,
  '/dev/null',
]

describeProcesses('in the foreground', () => {
  test('npm start shows the logs, and Ctrl-C stops in order', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'normal', { FIXTURE_END_MS: '300' })
    const run = await workspace.runForeground(inShell)
    await run.shows('api     | api says hello')
    expect(run.output).toContain('sandbox | sandbox says hello')

    run.child.stdin.write(CTRL_C)
    await run.ended
    expect(run.output).toContain('exit code 0')
    // No SIGINT among them: the terminal sends it only to the foreground's group.
    expect(workspace.endEvents()).toEqual(['api SIGTERM', 'api ends', 'sandbox SIGTERM', 'sandbox ends'])
    expect(workspace.living()).toEqual([])
    expect(readState(workspace.folders)).toBeUndefined()
  })

  // npm forwards Ctrl-C, which then arrives twice.
  test.for([...scaled([], [['SIGHUP']] as const), ['SIGTERM'], ['SIGINT', 'SIGINT']] as const)(
    '%s stops the processes in order',
    async (signals, { workspace }) => {
      await workspace.add('api', 1, 'normal', { FIXTURE_END_MS: '300' })
      const run = await workspace.runForeground()
      for (const signal of signals) run.child.kill(signal)
      expect(await run.ended).toEqual([0, null])
      expect(workspace.events()).toContain('api ends')
    },
  )

  test('a second Ctrl-C kills every process at once', async ({ workspace }) => {
    await workspace.add('api', 1, 'stubborn')
    const run = await workspace.runForeground(inShell)
    run.child.stdin.write(CTRL_C)
    await workspace.waitForEvent('api SIGTERM')
    // Pressed again and again, as people do; what comes within half a second of the first does not count.
    const again = setInterval(() => run.child.stdin.write(CTRL_C), 100)
    await run.ended.finally(() => clearInterval(again))
    expect(run.output).toContain('exit code 130')
    await workspace.waitForLiving()
  })

  test('the closing of the terminal stops the processes in order', async ({ workspace }) => {
    await workspace.add('api', 1, 'normal', { FIXTURE_END_MS: '300' })
    const run = await workspace.runForeground(inShell)
    const { supervisor } = workspace.state
    await run.kill()
    expect(supervisor && (await hasEnded(supervisor, 15_000))).toBe(true)
    expect(workspace.events()).toContain('api ends')
    expect(readState(workspace.folders)).toBeUndefined()
  })

  test('Ctrl-C during the start stops the processes that it has started', async ({ workspace }) => {
    await workspace.addTwo('mute')
    const run = workspace.run('foreground')
    await workspace.waitForLiving('api', 'sandbox')
    run.child.kill('SIGINT')
    expect(await run.ended).toEqual([0, null])
    expect(run.output).toMatch(/✓ Stopped: api, sandbox\n/)
    expect(workspace.living()).toEqual([])
  })

  test('Ctrl-C during the wait for another start ends npm start alone', async ({ workspace }) => {
    await workspace.addTwo('mute')
    const starting = workspace.ensure().catch((error: unknown) => error)
    await workspace.waitForLiving('api', 'sandbox')
    const run = workspace.run('foreground')
    await run.shows('Waiting for another start')
    run.child.kill('SIGINT')
    expect(await run.ended).toEqual([0, null])
    expect(run.output).toMatch(
      /✓ Nothing was started\.\n {2}Still running: api, sandbox; npm stop ends what runs\.\n$/,
    )
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    await workspace.stop()
    await starting
  })

  test('a crash is shown, and the other processes keep running', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    const run = await workspace.runForeground(inShell)
    await fetch(`${spec.url}/exit`)
    await run.shows('api has crashed: exit code 7')
    await run.shows('api      | a last word')
    expect(workspace.living()).toEqual(['profiles'])
    run.child.stdin.write(CTRL_C)
    await run.ended
    expect(run.output).toContain('exit code 0')
  })

  test('npm start goes on where the state cannot be read when a process ends', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    const run = await workspace.runForeground()
    const path = join(workspace.folders.run, 'processes.json')
    const text = readFileSync(path)
    rmSync(path)
    mkdirSync(path)
    await fetch(`${spec.url}/exit`)
    await run.shows('api has ended (exit code 7)')
    await run.shows('cannot be read (EISDIR)')
    rmdirSync(path)
    writeFileSync(path, text)
    expect(workspace.living()).toEqual(['profiles'])
    run.child.kill('SIGTERM')
    expect(await run.ended).toEqual([0, null])
  })

  test('a process that does not start is an error with its fix', async ({ workspace }) => {
    await workspace.addTwo('failing')
    const run = workspace.run('foreground')
    expect(await run.ended).toEqual([1, null])
    expect(run.output).toContain('api did not start: it ended with exit code 3')
    expect(run.output).toContain('what went wrong')
    expect(run.output).toContain(join(workspace.folders.logs, 'api.log'))
    expect(workspace.living()).toEqual([])
  })

  test('npm start leaves processes in the background, and says so', async ({ workspace }) => {
    await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    const run = workspace.run('foreground')
    expect(await run.ended).toEqual([0, null])
    expect(run.output).toContain('Running already, in the background')
    expect(run.output).toContain('npm stop')
    expect(workspace.pidOf('api')).toBe(pid)
  })

  test('setup finds the processes of npm start, and npm stop ends both', async ({ workspace }) => {
    await workspace.add('api')
    const run = await workspace.runForeground()
    expect(await workspace.ensure()).toMatchObject({ outcome: 'found', mode: 'foreground' })
    await workspace.stop()
    expect(await run.ended).toEqual([0, null])
    expect(workspace.living()).toEqual([])
  })

  test('setup with other settings moves the processes to the background', async ({ workspace }) => {
    const spec = await workspace.add('api')
    const run = await workspace.runForeground()
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    expect(await workspace.ensure()).toMatchObject({ outcome: 'restarted', mode: 'background' })
    expect(await run.ended).toEqual([0, null])
    expect(run.output).not.toContain('crashed')
    expect(workspace.living()).toEqual(['api'])
  })

  describe('beside a sandbox that ran alone', () => {
    /** Starts it as `npm run sandbox` does, and adds an api for npm start. */
    async function startAlone(workspace: FixtureWorkspace, api: Behaviour = 'normal') {
      const sandbox = await workspace.add('sandbox', 1)
      await ensureRunning(workspace.settings, workspace.terminal, {
        ...workspace.options,
        specs: [sandbox],
        scope: 'sandbox',
      })
      await workspace.add('api', 2, api)
      return { sandbox, pid: workspace.pidOf('sandbox') }
    }

    test('npm start adds the rest, shows its log from now on, and stops it with the others', async ({
      workspace,
    }) => {
      const { pid } = await startAlone(workspace)
      const run = await workspace.runForeground()
      expect(workspace.pidOf('sandbox')).toBe(pid)
      expect(run.output).not.toContain('sandbox says hello')
      appendFileSync(join(workspace.folders.logs, 'sandbox.log'), 'a line of now\n')
      await run.shows('sandbox | a line of now')
      run.child.kill('SIGTERM')
      expect(await run.ended).toEqual([0, null])
      expect(workspace.living()).toEqual([])
    })

    test('npm start notices its crash, and npm stop ends everything', async ({ workspace }) => {
      const { sandbox } = await startAlone(workspace)
      const run = await workspace.runForeground()
      await workspace.crash(sandbox)
      await run.shows('sandbox has crashed. The others go on.')
      await workspace.stop()
      expect(await run.ended).toEqual([0, null])
    })

    test('Ctrl-C while the rest starts leaves it running, alone', async ({ workspace }) => {
      const { pid } = await startAlone(workspace, 'mute')
      const run = workspace.run('foreground')
      await eventually(
        () => workspace.living(),
        (names) => names.includes('api'),
      )
      run.child.kill('SIGINT')
      expect(await run.ended).toEqual([0, null])
      expect(run.output).toMatch(/✓ Stopped: api\n {2}Still running: sandbox; npm stop ends what runs\.\n/)
      expect(workspace.living()).toEqual(['sandbox'])
      expect(workspace.state).toMatchObject({
        scope: 'sandbox',
        phase: 'running',
        processes: [{ name: 'sandbox', state: 'ready', identity: { pid } }],
      })
    })
  })

  test('npm start with other settings takes over background processes', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    const run = await workspace.runForeground()
    expect(run.output).toContain('Starting again: api (its settings have changed).')
    expect(workspace.pidOf('api')).not.toBe(pid)
    run.child.kill('SIGTERM')
    expect(await run.ended).toEqual([0, null])
  })
})
