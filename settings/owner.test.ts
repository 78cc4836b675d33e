import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { foreignFile, userName } from './owner.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'owner-'))
  file = join(folder, '.env')
  writeFileSync(file, '')
})
afterEach(() => rmSync(folder, { recursive: true }))

const own = process.getuid?.() ?? 0
const ANOTHER = 65_000

test('a file of this user is not foreign, and root may use all', () => {
  if (own !== 0) expect(foreignFile(file, own)).toBeUndefined()
  expect(foreignFile(file, 0)).toBeUndefined()
})

test('of a file that is not there, the folder counts', () => {
  expect(foreignFile(join(folder, 'none', 'at', 'all'), ANOTHER)?.what).toBe(foreignFile(file, ANOTHER)?.what)
})

test.runIf(own === 0)('a file of root was made with sudo; two people need a clone each', () => {
  expect(foreignFile(file, ANOTHER)?.what).toContain('belongs to root')
  expect(foreignFile(file, ANOTHER)?.fix).toContain(`sudo chown -R "$(id -un)" "${folder}"`)
  chownSync(file, 65_001, 65_001)
  expect(foreignFile(file, ANOTHER)?.what).toBe('belongs to the user 65001')
  expect(foreignFile(file, ANOTHER)?.fix).toContain('a clone each: git clone')
})

test('a user has the name of the system’s list, or the number', () => {
  expect(userName(0)).toBe('root')
  expect(userName(4_000_000)).toBe('4000000')
})
