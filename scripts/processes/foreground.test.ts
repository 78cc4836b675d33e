import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestWorkspace, until } from '../../tests/harness/processes.ts'
import { isAlive } from '../machine/identity.ts'
import { readState } from './state.ts'

const TIMEOUT_MS = 60_000
const CTRL_C = '\x03'

let workspace: TestWorkspace

beforeEach(() => {
  workspace = new TestWorkspace()
})

afterEach(async () => {
  expect(await workspace.dispose()).toEqual([])
}, TIMEOUT_MS)

/** In a pseudo-terminal, under a shell as npm has one: Ctrl-C reaches the whole foreground group. */
function inTerminal(command: string[]): string[] {
  return ['script', '-qec', `trap : INT; ${command.join(' ')}; echo "exit code $?"`, '/dev/null']
}

async function startInTerminal() {
  const run = workspace.run('foreground', inTerminal)
  await until(
    () => run.output.includes('Everything runs'),
    'everything to run',
    () => run.output,
  )
  return run
}

const events = () => workspace.diary().map(({ name, event }) => `${name} ${event}`)

// Looks for processes left behind, which Linux alone can.
describe.runIf(process.platform === 'linux')('in the foreground', { timeout: TIMEOUT_MS }, () => {
  test('shows each line under its process’s name, and Ctrl-C stops in order', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'normal', { FIXTURE_LAST_WORK_MS: '300' })
    const run = await startInTerminal()
    await until(
      () => run.output.includes('api     | api says hello'),
      'the api’s line',
      () => run.output,
    )
    expect(run.output).toContain('sandbox | sandbox says hello')

    run.child.stdin.write(CTRL_C)
    await run.ended
    expect(run.output).toContain('exit code 0')
    // No SIGINT among them: the terminal sends it only to the foreground's group.
    expect(events().filter((event) => !event.endsWith('listens'))).toEqual([
      'api SIGTERM',
      'api ends',
      'sandbox SIGTERM',
      'sandbox ends',
    ])
    expect(workspace.living()).toEqual([])
    expect(readState(workspace.folders)).toBeUndefined()
  })

  test('a Ctrl-C that npm forwards as well is still one', async () => {
    await workspace.add('api', 1, 'normal', { FIXTURE_LAST_WORK_MS: '300' })
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    run.child.kill('SIGINT')
    run.child.kill('SIGINT')
    expect(await run.ended).toEqual([0, null])
    expect(events()).toContain('api ends')
  })

  test('a second Ctrl-C kills everything at once', async () => {
    await workspace.add('api', 1, 'stubborn')
    workspace.options = { ...workspace.options, stopMs: 60_000 }
    const run = await startInTerminal()
    run.child.stdin.write(CTRL_C)
    await until(() => events().includes('api SIGTERM'), 'the api to be asked')
    // Pressed again and again, as people do; what comes within half a second of the first does not count.
    const again = setInterval(() => run.child.stdin.write(CTRL_C), 100)
    await run.ended.finally(() => clearInterval(again))
    expect(run.output).toContain('exit code 130')
    await until(() => workspace.living().length === 0, 'the api to be dead')
  })

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} stops in order`, async () => {
      await workspace.add('api')
      const run = workspace.run('foreground')
      await until(
        () => run.output.includes('Everything runs'),
        'everything to run',
        () => run.output,
      )
      run.child.kill(signal)
      expect(await run.ended).toEqual([0, null])
      expect(events()).toContain('api ends')
    })
  }

  test('the terminal’s closing stops in order', async () => {
    await workspace.add('api', 1, 'normal', { FIXTURE_LAST_WORK_MS: '300' })
    const run = await startInTerminal()
    const supervisor = workspace.state.supervisor
    run.child.kill('SIGKILL')
    await until(() => supervisor !== undefined && !isAlive(supervisor), 'the supervisor to end')
    expect(events()).toContain('api ends')
    expect(readState(workspace.folders)).toBeUndefined()
  })

  test('Ctrl-C while it is starting', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'mute')
    const run = workspace.run('foreground')
    await until(
      () => workspace.living().includes('api'),
      'the api',
      () => run.output,
    )
    run.child.kill('SIGINT')
    expect(await run.ended).toEqual([0, null])
    expect(workspace.living()).toEqual([])
  })

  test('a crash is shown, and the others go on', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    const run = await startInTerminal()
    await fetch(`${spec.url}/exit`)
    await until(
      () => run.output.includes('api has crashed: exit code 7'),
      'the crash',
      () => run.output,
    )
    await until(
      () => run.output.includes('api      | a last word'),
      'its last line',
      () => run.output,
    )
    expect(workspace.living()).toEqual(['profiles'])
    run.child.stdin.write(CTRL_C)
    await run.ended
    expect(run.output).toContain('exit code 0')
  })

  test('a process that does not start is an error with its fix', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'failing')
    const run = workspace.run('foreground')
    expect(await run.ended).toEqual([1, null])
    expect(run.output).toContain('api did not start: it ended with exit code 3')
    expect(run.output).toContain('what went wrong')
    expect(run.output).toContain(join(workspace.folders.logs, 'api.log'))
    expect(workspace.living()).toEqual([])
  })

  test('what runs in the background already is left alone, with a message', async () => {
    await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    const run = workspace.run('foreground')
    expect(await run.ended).toEqual([0, null])
    expect(run.output).toContain('Running already, in the background')
    expect(run.output).toContain('npm stop')
    expect(workspace.pidOf('api')).toBe(pid)
  })

  test('setup finds what runs in the foreground, and stop ends it', async () => {
    await workspace.add('api')
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    expect(await workspace.ensure()).toMatchObject({ outcome: 'found', mode: 'foreground' })
    await workspace.stop()
    expect(await run.ended).toEqual([0, null])
    expect(workspace.living()).toEqual([])
  })

  test('setup with other settings moves what runs in the foreground to the background', async () => {
    const spec = await workspace.add('api')
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    expect(await workspace.ensure()).toMatchObject({ outcome: 'restarted', mode: 'background' })
    expect(await run.ended).toEqual([0, null])
    expect(run.output).not.toContain('crashed')
    expect(workspace.living()).toEqual(['api'])
  })

  test('npm start with other settings takes over what runs in the background', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    expect(run.output).toContain('Starting again: api (its settings have changed).')
    expect(workspace.pidOf('api')).not.toBe(pid)
    run.child.kill('SIGTERM')
    expect(await run.ended).toEqual([0, null])
  })
})
