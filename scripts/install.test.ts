import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cloneCommand } from '../settings/owner.ts'
import { temporaryFolder } from '../tests/harness/temporary-folder.ts'

/** What the script, which has no types, proposes where the state folder of `root` cannot be written. */
function fixOf(root: string, uid: number, code = 'EACCES'): string {
  const folder = join(root, '.workspace', 'run')
  const module = join(import.meta.dirname, 'install.mjs')
  const source = `import { fixUnwritable } from ${JSON.stringify(module)}
    process.stdout.write(fixUnwritable(${JSON.stringify({ code, folder, root, uid })}))`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' }).stdout
}

test('a closed state folder is opened, and a clone of another user is cloned', () => {
  const root = temporaryFolder()
  const state = join(root, '.workspace')
  mkdirSync(state)
  chmodSync(state, 0o500)
  const { uid } = statSync(root)
  const own = uid === 0 ? 65_000 : uid
  if (uid === 0) for (const path of [root, state]) chownSync(path, own, own)
  expect(fixOf(root, own)).toBe(`chmod -R u+rwX ${state}`)
  expect(fixOf(root, own + 1)).toBe(cloneCommand(root))
  expect(fixOf(root, own, 'EROFS')).toMatch(/^Work in a copy/)
  if (uid !== 0) return
  chownSync(state, 0, 0)
  expect(fixOf(root, own)).toBe(`sudo chown -R "$(id -un)" ${state}`)
})
