import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { recordingTerminal } from '../../tests/harness/processes.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { plant } from './planting.ts'

test('planting replaces the planted faults, and names those that it removes', async () => {
  const folder = temporaryFolder()
  vi.stubEnv('WORKSPACE_ENV_FILE', join(folder, '.env'))
  vi.stubEnv('WORKSPACE_STATE_DIR', folder)
  const lines: string[] = []
  for (const letters of [['d'], [], ['a', 'b', 'c', 'd']]) await plant(letters, recordingTerminal(lines))
  expect(lines.filter((line) => line.includes('Planted'))).toEqual([
    expect.stringContaining('Planted: d. '),
    expect.stringContaining('Planted: a, b, c (no longer d). '),
    expect.stringContaining('Planted: a, b, c, d. '),
  ])
  expect(readFileSync(join(folder, '.env'), 'utf8')).toContain('PLANTED_FAULTS=a,b,c,d')
})
