import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { diagnoseSystemError, findNonFolder } from './system-error.ts'

const systemError = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: no, open`), { code, ...(path && { path }) })

test.each([
  ['EROFS', 'read-only', 'WORKSPACE_STATE_DIR'],
  ['ENOSPC', 'the disk is full', 'Make room'],
])('%s of a file is a diagnosis with its fix', (code, what, fix) => {
  const described = diagnoseSystemError(systemError(code, '/state/run/lock'))
  expect(described?.what).toContain('/state/run/lock')
  expect(described?.what).toContain(what)
  expect(described?.fix).toContain(fix)
})

test('what is in the place of a folder is named, and the fix moves it away', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'state')
  writeFileSync(file, '')
  symlinkSync(join(folder, 'none'), join(folder, 'link'))
  mkdirSync(join(folder, 'real'))
  expect(diagnoseSystemError(systemError('ENOTDIR', join(file, 'run', 'lock')))).toEqual({
    code: 'NOT_A_FOLDER',
    what: `${file}/run/lock cannot be used: ${file} is not a folder.`,
    fix: `Move it away: mv ${file} ${file}.away`,
  })
  expect(findNonFolder(join(folder, 'link', 'run'))).toBe(join(folder, 'link'))
  expect(findNonFolder(join(folder, 'real', 'none'))).toBeUndefined()
})

test('any other error has no diagnosis', () => {
  expect(diagnoseSystemError(systemError('EACCES'))).toBeUndefined()
  expect(diagnoseSystemError(systemError('EBADF', '/x'))).toBeUndefined()
  expect(diagnoseSystemError(new TypeError('x'))).toBeUndefined()
})
