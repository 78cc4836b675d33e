import { expect } from 'vitest'
import { describeProcesses, test } from '../../tests/harness/processes.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { restartIfRunning } from './restart.ts'

describeProcesses('after a change in the backend', () => {
  test('a sandbox that runs alone does not make a whole workspace start', async ({ workspace }) => {
    await workspace.add('sandbox')
    await ensureRunning(workspace.settings, workspace.terminal, { ...workspace.options, scope: 'sandbox' })
    await restartIfRunning(workspace.settings, workspace.terminal)
    expect(workspace.text).toContain(
      'Only the sandbox runs (npm run sandbox): npm run setup adds the backend.',
    )
    expect(workspace.living()).toEqual(['sandbox'])
  })
})
