import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { applyPatch, createTwoFilesPatch } from 'diff'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const MODE = 0o644

/** The file that a chapter's exercise changes, as it was handed out, as it is, and as the solution has it. */
export interface Exercise {
  /** From the root of the repository. */
  readonly file: string
  readonly start: string
  readonly current: string
  readonly isTouched: boolean
  readonly isSolved: boolean
}

/** Undefined where a chapter changes no code. Throws a UserError where the file is gone. */
export function openExercise(chapter: Chapter, root: string = ROOT): Exercise | undefined {
  const { file } = chapter
  if (!file) return undefined
  const start = readFileSync(join(root, 'workshop', chapter.folder, 'start.txt'), 'utf8')
  const path = join(root, file)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const solved = applyPatch(start, readPatch(chapter, root))
  return { file, start, current, isTouched: current !== start, isSolved: current === solved }
}

/** How the learner's file would change. */
export function solutionDiff(chapter: Chapter, exercise: Exercise, root: string = ROOT): string {
  const { file, current } = exercise
  const [, ...lines] = createTwoFilesPatch(
    file,
    file,
    current,
    solve(chapter, exercise, root),
    'yours',
    'solution',
  ).split('\n')
  return lines.join('\n')
}

/**
 * Writes the solution into the learner's file: with what the learner has changed elsewhere in it where the two go
 * together, else in its stead. Answers where the learner's own version is kept, if there was one.
 */
export function applySolution(
  chapter: Chapter,
  exercise: Exercise,
  backups: string,
  root: string = ROOT,
): string | undefined {
  const content = solve(chapter, exercise, root)
  const kept = exercise.isTouched ? keep(exercise, backups) : undefined
  writeFileAtomically(join(root, exercise.file), content, MODE)
  return kept
}

/** Writes the file as it was handed out; answers where the learner's version is kept. */
export function resetExercise(exercise: Exercise, backups: string, root: string = ROOT): string {
  const kept = keep(exercise, backups)
  writeFileAtomically(join(root, exercise.file), exercise.start, MODE)
  return kept
}

function solve(chapter: Chapter, { start, current }: Exercise, root: string): string {
  const patch = readPatch(chapter, root)
  const solved = applyPatch(current, patch, { fuzzFactor: 1 }) || applyPatch(start, patch)
  if (solved !== false) return solved
  throw new UserError({
    code: 'SOLUTION_BROKEN',
    what: `The solution of chapter ${chapter.number} does not fit its own start.`,
    fix: 'git checkout workshop',
  })
}

function readPatch(chapter: Chapter, root: string): string {
  return readFileSync(join(root, 'workshop', chapter.folder, 'solution.patch'), 'utf8')
}

/** Never over another: the name has the time in it, to the millisecond. */
function keep({ file, current }: Exercise, backups: string): string {
  mkdirSync(backups, { recursive: true })
  const path = join(backups, `${new Date().toISOString().replaceAll(':', '-')}-${basename(file)}`)
  writeFileAtomically(path, current, MODE)
  return path
}
