import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { applyPatch, createTwoFilesPatch } from 'diff'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const MODE = 0o644

/** The file that a chapter's exercise changes: at the start, and now. */
export interface Exercise {
  /** From the root of the repository. */
  readonly file: string
  readonly start: string
  readonly current: string
  readonly isTouched: boolean
  readonly isSolved: boolean
}

/** Undefined where a chapter changes no code. A deleted file counts as empty. */
export function openExercise(chapter: Chapter, root: string = ROOT): Exercise | undefined {
  const { file } = chapter
  if (!file) return undefined
  const start = readFileSync(join(root, 'workshop', chapter.folder, 'start.txt'), 'utf8')
  const path = join(root, file)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const solved = applyPatch(start, readPatch(chapter, root))
  return { file, start, current, isTouched: current !== start, isSolved: current === solved }
}

/** The difference between the learner's file and the solution. */
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
 * Writes the solution into the learner's file. Keeps the learner's other changes where the patch still applies, else
 * replaces the whole file. Returns the path of the learner's version, if there was one.
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

/** Writes the file as at the start; returns the path of the learner's version. */
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
    what: `The solution of chapter ${chapter.number} does not apply to its start.txt.`,
    fix: 'git checkout workshop',
  })
}

function readPatch(chapter: Chapter, root: string): string {
  return readFileSync(join(root, 'workshop', chapter.folder, 'solution.patch'), 'utf8')
}

/** The name holds the time to the millisecond, so no version overwrites another. */
function keep({ file, current }: Exercise, backups: string): string {
  mkdirSync(backups, { recursive: true })
  const path = join(backups, `${new Date().toISOString().replaceAll(':', '-')}-${basename(file)}`)
  writeFileAtomically(path, current, MODE)
  return path
}
