import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { freePort } from '../../tests/harness/ports.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { requireChapter } from './arguments.ts'
import { checkChapters } from './progress.ts'
import { readProgress } from './progress-file.ts'

test('answers are kept in the order in which they were last given', async () => {
  const ids = ['a', 'b', 'c'].map((digit) => `${digit.repeat(32)}/${digit.repeat(16)}`)
  const folder = temporaryFolder()
  const settings = readSettings({
    ...{ WORKSPACE_STATE_DIR: folder, WORKSPACE_ENV_FILE: join(folder, '.env') },
    SANDBOX_PORT: String(await freePort()),
  })
  const answer = (...given: string[]) => checkChapters([requireChapter('9')], settings, given)
  await answer(`slow-query=${ids[0]}`, `pool-wait=${ids[1]}`)
  await answer(`slow-query=${ids[2]}`)
  expect(Object.entries(readProgress(settings).chapters[9]?.answers ?? {})).toEqual([
    ['pool-wait', ids[1]],
    ['slow-query', ids[2]],
  ])
})
