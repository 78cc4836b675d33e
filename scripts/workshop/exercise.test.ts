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
    for (const { folder, file = '' } of EXERCISES) {
      cpSync(join(ROOT, 'workshop', folder), join(root, 'workshop', folder), { recursive: true })
      // The repository's own file may already have a solution.
      cpSync(join(ROOT, 'workshop', folder, 'start.txt'), join(root, file))
    }
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
    'chapter %i: the solution applies, counts as solved, and reset undoes it',
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

  test('the solution keeps the learner’s other changes in the file, and a copy of the file', () => {
    const own = `${open().start}\n// mine\n`
    writeFileSync(path(), own)
    const kept = applySolution(chapter, open(), backups, root)
    const solved = readFileSync(path(), 'utf8')
    expect(solved).toContain('startActiveSpan')
    expect(solved).toContain('// mine')
    expect(readFileSync(kept ?? '', 'utf8')).toBe(own)
  })

  test('a solution that does not apply replaces the file, whose copy is kept', () => {
    writeFileSync(path(), 'export const nothing = 1\n')
    expect(solutionDiff(chapter, open(), root)).toContain('-export const nothing = 1')
    const kept = applySolution(chapter, open(), backups, root)
    expect(open().isSolved).toBe(true)
    expect(readFileSync(kept ?? '', 'utf8')).toBe('export const nothing = 1\n')
  })

  test('reset restores a deleted file', () => {
    rmSync(path())
    resetExercise(open(), backups, root)
    expect(open().isTouched).toBe(false)
    expect(readdirSync(backups)).toHaveLength(1)
  })
})

test.each(EXERCISES.map(({ number, folder, file = '' }) => [number, folder, file] as const))(
  'chapter %i: %s/start.txt equals %s',
  (_number, folder, file) => {
    expect(readFileSync(join(ROOT, 'workshop', folder, 'start.txt'), 'utf8')).toBe(
      readFileSync(join(ROOT, file), 'utf8'),
    )
  },
)
