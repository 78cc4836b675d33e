import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { applyPatch, createTwoFilesPatch } from 'diff'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const MODE = 0o644

/** The file that a chapter's exercise changes. */
export interface Exercise {
  /** From the root of the repository. */
  readonly file: string
  readonly path: string
  readonly start: string
  readonly current: string
  /** The learner's file with the solution; their other changes are kept if the patch applies to it. */
  readonly solved: string
  readonly isTouched: boolean
  readonly isSolved: boolean
}

/** Undefined where a chapter changes no code. A deleted file counts as empty. Throws a UserError for a broken patch. */
export function openExercise({ file, folder, number }: Chapter, root: string = ROOT): Exercise | undefined {
  if (!file) return undefined
  const [start, patch] = ['start.txt', 'solution.patch'].map((name) =>
    readFileSync(join(root, 'workshop', folder, name), 'utf8'),
  ) as [string, string]
  const path = join(root, file)
  const current = readCurrent(path, file)
  const solution = applyPatch(start, patch)
  if (solution === false) {
    throw new UserError({
      code: 'SOLUTION_BROKEN',
      what: `The solution of chapter ${number} does not apply to its start.txt.`,
      fix: 'git checkout workshop',
    })
  }
  const solved = applyPatch(current, patch, { fuzzFactor: 1 }) || solution
  return { file, path, start, current, solved, isTouched: current !== start, isSolved: current === solution }
}

function readCurrent(path: string, file: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  } catch (error) {
    throw new UserError(
      {
        code: 'EXERCISE_UNREADABLE',
        what: `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
        fix: `Move it away, and git checkout -- ${file}`,
      },
      { cause: error },
    )
  }
}

/** The difference between the learner's file and the solution. */
export function solutionDiff({ file, current, solved }: Exercise): string {
  const diff = createTwoFilesPatch(file, file, current, solved, 'yours', 'solution')
  return diff.slice(diff.indexOf('\n') + 1)
}

/** Writes the solution into the learner's file. Returns the path of the learner's version if it differs from the start. */
export function applySolution(exercise: Exercise, backups: string): string | undefined {
  const backup = exercise.isTouched ? keep(exercise, backups) : undefined
  writeFileAtomically(exercise.path, exercise.solved, MODE)
  return backup
}

/** Writes the file as at the start; returns the path of the learner's version. */
export function resetExercise(exercise: Exercise, backups: string): string {
  const backup = keep(exercise, backups)
  writeFileAtomically(exercise.path, exercise.start, MODE)
  return backup
}

/** The name holds the time to the millisecond, so no version overwrites another. */
function keep({ file, current }: Exercise, backups: string): string {
  mkdirSync(backups, { recursive: true, mode: 0o700 })
  const path = join(backups, `${new Date().toISOString().replaceAll(':', '-')}-${basename(file)}`)
  writeFileAtomically(path, current, MODE)
  return path
}
