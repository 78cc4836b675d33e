import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { entryOf, forget, notePass, passOf, readProgress, updateProgress } from './progress-file.ts'

const PASS = {
  at: '2026-11-26T18:00:00.000Z',
  traceIds: ['6b03338a3466b3a098d40d78df8756e6'],
  met: [{ name: 'a search was kept', saw: 'a', isChecked: true }],
}

function newWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'progress-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state')
  mkdirSync(state)
  const settings = readSettings({
    WORKSPACE_STATE_DIR: state,
    WORKSPACE_ENV_FILE: join(folder, '.env'),
  })
  const workshop = join(state, 'workshop')
  return {
    ...{ state, settings, workshop },
    file: join(workshop, 'progress.json'),
    key: join(workshop, 'progress.key'),
    pass: (number: number) => passOf(settings, readProgress(settings), number),
  }
}

/** A workspace in which chapter 3 has passed. */
function newWorkspaceWithPass() {
  const workspace = newWorkspace()
  const { settings } = workspace
  expect(updateProgress(settings, (progress) => notePass(settings, progress, 3, PASS))).toEqual([])
  return workspace
}

test('a pass is read back, and its files are the learner’s alone', () => {
  const { pass, file, key } = newWorkspaceWithPass()
  expect(pass(3)).toMatchObject(PASS)
  expect(pass(4)).toBeUndefined()
  for (const path of [file, key]) expect(statSync(path).mode & 0o777).toBe(0o600)
})

test.each([
  ['with another time', (text: string) => text.replace('T18:00', 'T19:00')],
  ['with another trace', (text: string) => text.replace('6b03338a', '6b03338b')],
  ['with other words', (text: string) => text.replace('"a"', '"b"')],
  ['without a seal that fits', (text: string) => text.replace(/"seal": "\w+"/, '"seal": "1"')],
])('a pass that was edited, %s, does not count', (_how, edit) => {
  const { file, pass } = newWorkspaceWithPass()
  writeFileSync(file, edit(readFileSync(file, 'utf8')))
  expect(pass(3)).toBe('edited')
})

test('a pass that was copied to another chapter, or from another learner, does not count', () => {
  const ada = newWorkspaceWithPass()
  writeFileSync(ada.file, readFileSync(ada.file, 'utf8').replace('"3"', '"4"'))
  expect(ada.pass(4)).toBe('edited')
  const bo = newWorkspaceWithPass()
  cpSync(newWorkspaceWithPass().file, bo.file)
  expect(bo.pass(3)).toBe('edited')
})

test.each(['', 'x', 'a text of 32 bytes that is longer'])(
  'without its key, or with %j as key, a pass does not count, and the key’s return brings it back',
  (content) => {
    const { key, pass, settings } = newWorkspaceWithPass()
    const right = readFileSync(key)
    writeFileSync(key, content)
    expect(pass(3)).toBe('edited')
    updateProgress(settings, (progress) => void entryOf(progress, 5).tries++)
    writeFileSync(key, right)
    expect(pass(3)).toMatchObject(PASS)
  },
)

test('one part that is wrong does not cost the others', () => {
  const { file, settings, pass } = newWorkspaceWithPass()
  const progress = JSON.parse(readFileSync(file, 'utf8'))
  const broken = { ...progress, startedAt: 7, sent: { requests: null } }
  broken.chapters = { ...progress.chapters, 5: { answers: 1, tries: 'two' }, 6: 7, abc: {}, '1e2': {} }
  writeFileSync(file, JSON.stringify(broken))
  expect(pass(3)).toMatchObject(PASS)
  expect(Object.keys(readProgress(settings).chapters)).toEqual(['3', '5', '6'])
})

test.each(['', '{', '[]', 'null', '{"chapters": '])('a file with %j is kept beside, and said', (text) => {
  const { file, settings } = newWorkspaceWithPass()
  writeFileSync(file, text)
  expect(updateProgress(settings, () => {})[0]).toContain('could not be read')
  expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe(text)
  expect(readProgress(settings)).toEqual({ chapters: {} })
})

test('a command reports progress that cannot be kept, and goes on', () => {
  const { workshop, settings } = newWorkspace()
  writeFileSync(workshop, 'a file in place of the folder')
  expect(updateProgress(settings, () => {})[0]).toContain('cannot be kept')
  rmSync(workshop)
  mkdirSync(join(workshop, 'progress.key'), { recursive: true })
  const notes = updateProgress(settings, (progress) => notePass(settings, progress, 3, PASS))
  expect(notes[0]).toContain('cannot be kept')
})

test('a change sees the one before it', () => {
  const { settings } = newWorkspace()
  for (const answer of ['a', 'b'])
    updateProgress(settings, (progress) => {
      entryOf(progress, 1).answers[answer] = answer
    })
  expect(entryOf(readProgress(settings), 1).answers).toEqual({ a: 'a', b: 'b' })
})

test('a copy of the file from before a reset does not count when it is put back', () => {
  const { file, settings, pass } = newWorkspaceWithPass()
  updateProgress(settings, (progress) => notePass(settings, progress, 4, PASS))
  const copy = readFileSync(file)
  updateProgress(settings, (progress) => forget(settings, progress, [3], 1_000))
  expect([pass(3), pass(4)]).toEqual([undefined, expect.objectContaining(PASS)])
  expect(readProgress(settings).chapters[3]?.since).toBe(1_000)
  writeFileSync(file, copy)
  expect([pass(3), pass(4)]).toEqual(['edited', 'edited'])
})

test('without a state folder nothing is written', () => {
  const { settings, state } = newWorkspace()
  rmSync(state, { recursive: true })
  expect(updateProgress(settings, () => {})).toEqual([])
  expect(existsSync(state)).toBe(false)
})
