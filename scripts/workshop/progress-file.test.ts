import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { entryOf, notePass, readProgress, writeProgress } from './progress-file.ts'

const PASS = { at: '2026-11-26T18:00:00.000Z', traceIds: ['6b03338a3466b3a098d40d78df8756e6'], saw: ['a'] }

function newWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'progress-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state')
  const settings = readSettings({
    WORKSPACE_STATE_DIR: state,
    WORKSPACE_ENV_FILE: join(folder, '.env'),
  })
  return { state, settings, file: join(state, 'workshop', 'progress.json') }
}

/** A workspace in which chapter 3 has passed. */
function newWorkspaceWithPass() {
  const workspace = newWorkspace()
  mkdirSync(workspace.state)
  const { progress } = readProgress(workspace.settings)
  notePass(workspace.settings, progress, 3, PASS)
  writeProgress(workspace.settings, progress)
  return workspace
}

test('a pass is read back, and its files are the learner’s alone', () => {
  const { settings, file, state } = newWorkspaceWithPass()
  expect(readProgress(settings)).toMatchObject({
    progress: { chapters: { 3: { passed: PASS } } },
    edited: [],
  })
  for (const path of [file, join(state, 'workshop', 'progress.key')])
    expect(statSync(path).mode & 0o777).toBe(0o600)
})

test.each([
  ['with another time', (text: string) => text.replace('T18:00', 'T19:00')],
  ['with another trace', (text: string) => text.replace('6b03338a', '6b03338b')],
  ['with other words', (text: string) => text.replace('"a"', '"b"')],
  ['copied to another chapter', (text: string) => text.replace('"3"', '"4"')],
  ['without a seal that fits', (text: string) => text.replace(/"seal": "\w+"/, '"seal": "1"')],
])('a pass that was edited, %s, does not count', (_how, edit) => {
  const { settings, file } = newWorkspaceWithPass()
  const edited = edit(readFileSync(file, 'utf8'))
  writeFileSync(file, edited)
  const read = readProgress(settings)
  expect(read.edited).toHaveLength(1)
  expect(read.progress.chapters[read.edited[0] ?? 0]?.passed).toBeUndefined()
})

test('another learner’s progress does not count', () => {
  const ada = newWorkspaceWithPass()
  const bo = newWorkspaceWithPass()
  cpSync(ada.file, bo.file)
  expect(readProgress(bo.settings).edited).toEqual([3])
})

test('without a state folder nothing is written, and a broken file is an empty one', () => {
  const { settings, state, file } = newWorkspace()
  const { progress } = readProgress(settings)
  notePass(settings, progress, 3, PASS)
  writeProgress(settings, progress)
  expect(statSync(state, { throwIfNoEntry: false })).toBeUndefined()
  expect(entryOf(progress, 3).passed).toBeUndefined()
  mkdirSync(join(state, 'workshop'), { recursive: true })
  for (const text of ['', '{', '[]', '{"chapters": 1}', 'null']) {
    writeFileSync(file, text)
    expect(readProgress(settings)).toEqual({ progress: { chapters: {} }, edited: [] })
  }
})
