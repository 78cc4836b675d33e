import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { applySolution, openExercise, resetExercise, solutionDiff } from './exercise.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const EXERCISES = CHAPTERS.filter(({ file }) => file !== undefined)

describe('an exercise', () => {
  let root: string
  let backups: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'exercise-'))
    backups = join(root, 'yours')
    for (const part of ['workshop', 'backend', 'aws'])
      cpSync(join(ROOT, part), join(root, part), { recursive: true })
    // What somebody who does the workshop in this folder has changed is not the point here.
    for (const { folder, file = '' } of EXERCISES)
      cpSync(join(root, 'workshop', folder, 'start.txt'), join(root, file))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const chapter = EXERCISES[0] as (typeof EXERCISES)[number]
  const path = () => join(root, chapter.file ?? '')
  const open = () => {
    const exercise = openExercise(chapter, root)
    if (!exercise) throw new Error('it has an exercise')
    return exercise
  }

  test.each(EXERCISES.map((one) => [one.number, one] as const))(
    'chapter %i: its solution fits, is the solution then, and reset takes it back',
    (_number, one) => {
      const read = () => openExercise(one, root)
      const before = read()
      expect(before).toMatchObject({ isTouched: false, isSolved: false })
      if (!before) return
      expect(applySolution(one, before, backups, root)).toBeUndefined()
      const solved = read()
      expect(solved).toMatchObject({ isTouched: true, isSolved: true })
      if (!solved) return
      resetExercise(solved, backups, root)
      expect(read()).toMatchObject({ isTouched: false, isSolved: false })
    },
  )

  test('what the learner has changed elsewhere in the file stays, and is kept beside as well', () => {
    const own = `${open().start}\n// mine\n`
    writeFileSync(path(), own)
    const kept = applySolution(chapter, open(), backups, root)
    const solved = readFileSync(path(), 'utf8')
    expect(solved).toContain('startActiveSpan')
    expect(solved).toContain('// mine')
    expect(readFileSync(kept ?? '', 'utf8')).toBe(own)
  })

  test('where the two do not go together, the solution takes its place, and the learner’s is kept', () => {
    writeFileSync(path(), 'export const nothing = 1\n')
    expect(solutionDiff(chapter, open(), root)).toContain('-export const nothing = 1')
    const kept = applySolution(chapter, open(), backups, root)
    expect(open().isSolved).toBe(true)
    expect(readFileSync(kept ?? '', 'utf8')).toBe('export const nothing = 1\n')
  })

  test('a file that is gone comes back', () => {
    rmSync(path())
    resetExercise(open(), backups, root)
    expect(open().isTouched).toBe(false)
    expect(readdirSync(backups)).toHaveLength(1)
  })
})

test.each(EXERCISES.map(({ number, folder, file = '' }) => [number, folder, file] as const))(
  'chapter %i: %s/start.txt is what %s is handed out as',
  (_number, folder, file) => {
    expect(readFileSync(join(ROOT, 'workshop', folder, 'start.txt'), 'utf8')).toBe(
      readFileSync(join(ROOT, file), 'utf8'),
    )
  },
)
