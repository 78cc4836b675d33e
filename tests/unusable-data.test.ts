import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './harness/run.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('a store that the sandbox cannot use', () => {
  let workspace: TestWorkspace
  let file: string

  beforeAll(async () => {
    workspace = await createWorkspace()
    file = join(workspace.folder, 'state', 'data', 'sandbox.sqlite')
    mkdirSync(join(workspace.folder, 'state', 'data'), { recursive: true })
    writeFileSync(file, 'no database at all')
  })

  afterAll(() => workspace.dispose())

  test('is the cause that setup, status and doctor name, with the command that keeps it and begins anew', async () => {
    const start = await workspace.command('setup', ['--yes'])
    expect(start.code).toBe(1)
    const headline = `sandbox did not start: ${file}, where the sandbox keeps its telemetry, is damaged`
    expect(start.stderr).toContain(`✗ ${headline}`)
    expect(start.stderr).not.toContain('exit code')
    expect(start.stderr).not.toContain('last lines')

    const [status, doctor] = await Promise.all([workspace.command('status'), workspace.command('doctor')])
    expect(status.stdout + status.stderr).toContain(`✗ The last start failed: ${headline}`)
    expect(status.stdout + status.stderr).not.toContain('an error that nothing caught')
    const told = doctor.stdout + doctor.stderr
    expect(told).toContain(`✗ sandbox does not run: ${file}, where`)
    expect(told.match(/is damaged/g), 'told once').toHaveLength(1)
    expect(told).not.toContain('npm run doctor -- --fix fixes')

    const command = /(mkdir -p .*);/.exec(start.stderr)?.[1] ?? ''
    expect(told).toContain(command)
    await run('sh', ['-c', command], { env: workspace.env })
    const [kept = ''] = readdirSync(join(file, '..')).filter((name) => name.startsWith('kept-'))
    expect(readFileSync(join(file, '..', kept, 'sandbox.sqlite'), 'utf8')).toBe('no database at all')
    const again = await workspace.command('sandbox')
    expect(again.code, again.stderr).toBe(0)
    expect(
      new DatabaseSync(file, { readOnly: true }).prepare('SELECT count(*) AS n FROM traces').get()?.n,
    ).toBe(0)
  })
})
