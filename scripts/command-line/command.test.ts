import { expect, test } from 'vitest'
import { diagnoseSystemError } from './command.ts'

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

test('any other error has no diagnosis', () => {
  expect(diagnoseSystemError(systemError('EACCES'))).toBeUndefined()
  expect(diagnoseSystemError(systemError('EBADF', '/x'))).toBeUndefined()
  expect(diagnoseSystemError(new TypeError('x'))).toBeUndefined()
})
