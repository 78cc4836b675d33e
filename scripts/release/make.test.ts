import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeRelease } from './make.ts'

test.each([
  ['v2.0.0', 'new', 'The tag is v2.0.0, and package.json has 1.0.0.'],
  ['1.0.0', 'new', 'The tag is 1.0.0, and package.json has 1.0.0.'],
  ['v1.0.0', 'new', 'CHANGELOG.md has no section 1.0.0.'],
  ['v1.0.0', 'there', 'is there already.'],
])('a release of %s to %s says what is wrong', async (tag, folder, what) => {
  const root = mkdtempSync(join(tmpdir(), 'release-test-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'a', version: '1.0.0' }))
  const section = folder === 'there' ? '1.0.0 – today' : 'Unreleased'
  writeFileSync(join(root, 'CHANGELOG.md'), `# Changelog\n\n## ${section}\n\n- New\n`)
  mkdirSync(join(root, 'there'))
  await expect(makeRelease(root, tag, join(root, folder))).rejects.toMatchObject({
    code: 'RELEASE',
    message: expect.stringContaining(what),
  })
})
