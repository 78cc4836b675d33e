import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { applySolution, openExercise, resetExercise, solutionDiff } from './exercise.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const EXERCISES = CHAPTERS.filter(({ file }) => file !== undefined)

describe('an exercise', () => {
  let root: string
  let backups: string
  beforeEach(() => {
    root = temporaryFolder()
    backups = join(root, 'backups')
    for (const { folder, file = '' } of EXERCISES) {
      cpSync(join(ROOT, 'workshop', folder), join(root, 'workshop', folder), { recursive: true })
      cpSync(join(ROOT, 'workshop', folder, 'start.txt'), join(root, file))
    }
  })

  const [first] = EXERCISES
  const open = (chapter: Chapter | undefined = first) => {
    const exercise = chapter && openExercise(chapter, root)
    if (!exercise) throw new Error('The chapter has no exercise.')
    return exercise
  }

  test.each(EXERCISES.map((chapter) => [chapter.number, chapter] as const))(
    'chapter %i: the solution applies, counts as solved, and reset undoes it',
    (_number, chapter) => {
      expect(open(chapter)).toMatchObject({ isTouched: false, isSolved: false })
      expect(applySolution(open(chapter), backups)).toBeUndefined()
      expect(open(chapter)).toMatchObject({ isTouched: true, isSolved: true })
      resetExercise(open(chapter), backups)
      expect(open(chapter)).toMatchObject({ isTouched: false, isSolved: false })
    },
  )

  test('the solution keeps the learner’s other changes, and the learner’s version is backed up', () => {
    const own = `${open().start}\n// mine\n`
    writeFileSync(open().path, own)
    const backup = applySolution(open(), backups)
    expect(open().current).toContain('startActiveSpan')
    expect(open().current).toContain('// mine')
    expect(readFileSync(backup ?? '', 'utf8')).toBe(own)
  })

  test('where the patch does not apply, the file is replaced, and the learner’s version is backed up', () => {
    const own = 'export const nothing = 1\n'
    writeFileSync(open().path, own)
    expect(solutionDiff(open())).toContain(`-${own}`)
    const backup = applySolution(open(), backups)
    expect(open().isSolved).toBe(true)
    expect(readFileSync(backup ?? '', 'utf8')).toBe(own)
  })

  test('a folder in the file’s place is a UserError that names it', () => {
    const { path, file } = open()
    rmSync(path)
    mkdirSync(path)
    expect(open).toThrow(`${file} cannot be read (EISDIR)`)
  })

  test('reset restores a deleted file, for which the backup is empty', () => {
    rmSync(open().path)
    resetExercise(open(), backups)
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
