import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cloneCommand, foreignFile, openAgain, userName } from './owner.ts'

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
const ELSEWHERE = 'Use another folder'

test('a file of this user is not foreign, and root may use all', () => {
  if (own !== 0) expect(foreignFile(file, ELSEWHERE, own)).toBeUndefined()
  expect(foreignFile(file, ELSEWHERE, 0)).toBeUndefined()
})

test('of a file that is not there, the nearest folder counts', () => {
  const missing = foreignFile(join(folder, 'none', 'at', 'all'), ELSEWHERE, ANOTHER)
  expect(missing?.what).toContain(`is in ${folder}, which belongs to`)
})

test.each(['/', '/x', '/etc', '/etc/x.env', '/usr/lib/tracing/data', '/etc/passwd'])(
  'no command gives %s away, or changes its modes',
  (path) => {
    expect(foreignFile(path, ELSEWHERE, ANOTHER)).toMatchObject({ fix: ELSEWHERE })
    expect(openAgain(path, ANOTHER)).toBeUndefined()
    expect(openAgain(path, 0)).toBeUndefined()
  },
)

test('a link into a folder of the system is as that folder', () => {
  const link = join(folder, 'link')
  symlinkSync('/etc', link)
  expect(foreignFile(join(link, 'x.env'), ELSEWHERE, ANOTHER)?.fix).toBe(ELSEWHERE)
})

test('what is closed in the clone is opened from the top of it', () => {
  const root = resolve(import.meta.dirname, '..')
  const command = `chmod -R u+rwX ${join(root, 'settings')}`
  expect(openAgain(join(root, 'settings', 'none', 'file'), statSync(root).uid)).toBe(command)
})

test.runIf(own === 0)('a file of root was made with sudo; two people need a clone each', () => {
  expect(foreignFile(file, ELSEWHERE, ANOTHER)).toEqual({ what: 'belongs to root', fix: ELSEWHERE })
  chownSync(folder, ANOTHER, ANOTHER)
  expect(foreignFile(file, ELSEWHERE, ANOTHER)?.what).toContain('belongs to root: it was most likely made')
  expect(foreignFile(file, ELSEWHERE, ANOTHER)?.fix).toContain(`sudo chown -R "$(id -un)" ${file}`)
  chownSync(file, 65_001, 65_001)
  expect(foreignFile(file, ELSEWHERE, ANOTHER)?.what).toBe('belongs to the user 65001')
  expect(foreignFile(file, ELSEWHERE, ANOTHER)?.fix).toContain(`a clone each:\n    git clone`)
})

test.runIf(own === 0 && spawnSync('git', ['--version']).status === 0)(
  'the printed command clones a repository of another user',
  () => {
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-C', folder, ...args])
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message=first')
    chmodSync(folder, 0o755)
    spawnSync('chown', ['-R', '65001:65001', folder])
    const home = mkdtempSync(join(tmpdir(), 'home-'))
    chownSync(home, ANOTHER, ANOTHER)
    try {
      const as = { uid: ANOTHER, gid: ANOTHER, cwd: '/', env: { HOME: home, PATH: process.env.PATH } }
      const plain = spawnSync('git', ['clone', folder, join(home, 'plain')], as)
      const { status, stderr } = spawnSync('sh', ['-c', cloneCommand(folder)], as)
      expect([plain.status, status, `${stderr}`]).toEqual([128, 0, expect.any(String)])
      expect(statSync(join(home, 'tracing', '.git')).uid).toBe(ANOTHER)
    } finally {
      rmSync(home, { recursive: true })
    }
  },
)

test.runIf(own === 0)('a clone of another user is cloned, and never given away', () => {
  const root = resolve(import.meta.dirname, '..')
  const { uid } = statSync(root)
  if (uid === 0) return
  expect(foreignFile(join(root, '.workspace'), ELSEWHERE, ANOTHER)?.fix).toBe(cloneCommand(root))
})

test('a user has the name of the system’s list, or the number', () => {
  expect(userName(0)).toBe('root')
  expect(userName(4_000_000)).toBe('4000000')
})
