import { expect } from 'vitest'
import { describeProcesses, test } from '../../tests/harness/processes.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { tryProcessesLock } from './lock.ts'

describeProcesses('Ctrl-C and kill', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} during a start stops what it has begun, says so, and leaves what ran before`, async ({
      workspace,
    }) => {
      await workspace.add('sandbox')
      await workspace.ensure()
      const pid = workspace.pidOf('sandbox')
      await workspace.add('profiles', 2)
      await workspace.add('api', 3, 'mute')
      const starter = workspace.run('ensure')
      await workspace.waitForLiving('api', 'profiles', 'sandbox')
      starter.child.kill(signal)
      expect(await starter.ended, starter.output).toEqual([null, signal])
      expect(starter.output).toContain('Stopping what this start has begun.')
      expect(starter.output).toContain(
        '✗ The start was interrupted, and what it had begun is stopped. Still running: sandbox.\n  → npm run setup continues from here; npm stop ends what runs\n',
      )
      expect(workspace.living()).toEqual(['sandbox'])
      workspace.options.specs.pop()
      await workspace.ensure()
      expect(workspace.pidOf('sandbox')).toBe(pid)
      expect(workspace.living()).toEqual(['profiles', 'sandbox'])
    })
  }

  test('a second Ctrl-C ends a start at once, and the next one ends what it has left', async ({
    workspace,
  }) => {
    await workspace.add('api', 1, 'normal', { FIXTURE_END_MS: '3000' })
    await workspace.add('profiles', 2, 'mute', { FIXTURE_END_MS: '3000' })
    const starter = workspace.run('ensure')
    await workspace.waitForLiving('api', 'profiles')
    starter.child.kill('SIGINT')
    await starter.shows('Ctrl-C again ends this command at once.')
    const firstMs = performance.now()
    // For half a second these are the same keystroke, which npm forwards.
    await eventually(
      () => {
        starter.child.kill('SIGINT')
        return starter.child.signalCode
      },
      (ended) => ended === 'SIGINT',
    )
    expect(performance.now() - firstMs).toBeGreaterThan(400)
    expect(workspace.living()).toContain('api')
    workspace.options.specs.pop()
    await workspace.ensure()
    expect(workspace.living()).toEqual(['api'])
  })

  test('Ctrl-C while another start is waited for starts nothing', async ({ workspace }) => {
    await workspace.add('api')
    const lock = tryProcessesLock(workspace.folders)
    const starter = workspace.run('ensure')
    await starter.shows('Waiting for another start or stop')
    starter.child.kill('SIGINT')
    expect(await starter.ended, starter.output).toEqual([null, 'SIGINT'])
    expect(starter.output).toContain('Nothing runs.')
    expect(workspace.living()).toEqual([])
    lock?.release()
  })

  test('Ctrl-C during a stop names what still runs, and the next stop ends it', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'stubborn')
    await workspace.ensure()
    const stop = workspace.run('stop')
    await stop.shows('Stopping api, sandbox')
    stop.child.kill('SIGINT')
    expect(await stop.ended, stop.output).toEqual([null, 'SIGINT'])
    expect(stop.output).toContain(
      '✗ The stop was interrupted. Still running, or about to end: api, sandbox.\n  → npm stop again ends what still runs.\n',
    )
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    workspace.options.specs = []
  })

  test('the closing of the terminal does not end a stop', async ({ workspace }) => {
    await workspace.add('api', 1, 'normal', { FIXTURE_END_MS: '600' })
    await workspace.ensure()
    const stop = workspace.run('stop')
    await stop.shows('Stopping api')
    stop.child.kill('SIGHUP')
    expect(await stop.ended, stop.output).toEqual([0, null])
    expect(workspace.living()).toEqual([])
  })

  test('npm start that another command ends says which, and where the processes are', async ({
    workspace,
  }) => {
    const spec = await workspace.add('api')
    const moved = await workspace.runForeground()
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    await workspace.ensure()
    expect(await moved.ended).toEqual([0, null])
    expect(moved.output).toContain(
      'Another command starts everything again in the background, and ends this npm start. npm run logs follows the processes',
    )
    expect(moved.output).not.toContain('Ctrl-C again')
    await workspace.stop()

    const stopped = await workspace.runForeground()
    await workspace.stop()
    expect(await stopped.ended).toEqual([0, null])
    expect(stopped.output).toContain('Another command has stopped everything, and ends this npm start.')
  })
})
