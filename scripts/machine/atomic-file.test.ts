import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { writeFileAtomically } from './atomic-file.ts'

/** No process has it: the largest pid of Linux is 4,194,304 (proc_sys_kernel(5), pid_max). */
const ENDED = 4_999_999

test('a write removes what a killed writer has left beside the file, and nothing else', () => {
  const folder = temporaryFolder()
  const names = [
    `.env.${ENDED}.tmp`,
    `.env.${process.ppid}.tmp`,
    `other.${ENDED}.tmp`,
    `.env.${ENDED}.tmp.mine`,
  ]
  for (const name of names) {
    writeFileSync(join(folder, name), 'KEY=canary')
    utimesSync(join(folder, name), 1, 1)
  }
  // Of a writer in another container, whose pid is none here.
  names.push(`.env.${ENDED + 1}.tmp`)
  writeFileSync(join(folder, `.env.${ENDED + 1}.tmp`), 'KEY=canary')
  writeFileAtomically(join(folder, '.env'), 'A=1\n', 0o600)
  expect(readdirSync(folder).sort()).toEqual(['.env', ...names.slice(1)].sort())
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('A=1\n')
})
