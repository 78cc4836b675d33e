import type { Settings } from '../../settings/read.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { confirms, hasTerminal, isAgreed } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { requireChapter } from './arguments.ts'
import { applySolution, openExercise, resetExercise, solutionDiff } from './exercise.ts'
import { unplant } from './planting.ts'
import { readPlanting } from './planting-record.ts'
import { forgetChapters } from './progress.ts'
import { backupFolder } from './progress-file.ts'
import { restartIfRunning } from './restart.ts'

/**
 * Shows how a chapter's solution differs from the learner's file, or applies it. The solution of a chapter without a file is
 * told in two steps: `yes` shows both.
 */
export async function showOrApplySolution(
  chapter: Chapter,
  settings: Settings,
  terminal: Terminal,
  { apply, yes }: { readonly apply: boolean; readonly yes: boolean },
): Promise<void> {
  const { number, folder } = chapter
  const exercise = openExercise(chapter)
  if (!exercise && chapter.solution) return await tellSolution(chapter, settings, terminal, yes)
  if (!exercise) {
    return terminal.line(`Chapter ${number} changes no code: its steps are in workshop/${folder}/README.md.`)
  }
  if (!apply && !exercise.isSolved) {
    for (const line of solutionDiff(exercise).split('\n')) terminal.line(line)
    return terminal.line(terminal.dim(`npm run workshop -- ${number} --apply writes it.`))
  }
  const backup = exercise.isSolved ? undefined : applySolution(exercise, backupFolder(settings))
  terminal.done(`${exercise.file} has the solution.${backup ? ` Yours is ${backup}` : ''}`)
  // Only the backend's code needs a restart; also where the file was solved before, by a command that was interrupted.
  if (apply && exercise.file.startsWith('backend/')) await restartIfRunning(settings, terminal)
}

async function tellSolution(
  { number, solution }: Chapter,
  settings: Settings,
  terminal: Terminal,
  yes: boolean,
): Promise<void> {
  const told = solution?.(readPlanting(settings))
  if (!told) return terminal.line('No fault is planted: npm run workshop -- plant')
  for (const line of told.hints) terminal.line(line)
  if (!yes && !hasTerminal())
    return terminal.line(terminal.dim(`npm run workshop -- ${number} --solution --yes shows the rest.`))
  if (!yes && !(await confirms(told.question))) return
  terminal.line('')
  for (const line of told.whole) terminal.line(line)
}

/**
 * Restores the exercises to their start, all or the given chapters', and with all of them removes planted faults. Lists
 * the files, asks, and keeps the learner's versions. The chapters' checks begin again. Throws a UserError where there is no terminal to ask on.
 */
export async function resetExercises(
  words: readonly string[],
  settings: Settings,
  terminal: Terminal,
  yes: boolean,
): Promise<void> {
  const chapters = words.length === 0 ? CHAPTERS : words.map(requireChapter)
  const touched = chapters.flatMap((chapter) => openExercise(chapter) ?? []).filter((one) => one.isTouched)
  const backups = backupFolder(settings)
  const names = words.length === 0 ? 'Every exercise is' : 'The exercises of these chapters are'
  if (touched.length === 0) terminal.line(`${names} as at the start.`)
  else {
    terminal.heading('These files go back to their start')
    for (const { file } of touched) terminal.line(`  - ${file}`)
    terminal.line(`  Your versions are kept in ${backups}.`)
    const noTerminal = 'There is no terminal to ask on. Nothing was changed.'
    const withYes = `npm run workshop -- ${['reset', ...words, '--yes'].join(' ')}`
    if (!yes && !(await isAgreed('Put them back?', noTerminal, withYes)))
      return terminal.line('Nothing was changed.')
    for (const exercise of touched)
      terminal.done(`${exercise.file}; yours is ${resetExercise(exercise, backups)}`)
  }
  for (const warning of forgetChapters(chapters, settings)) terminal.warn(warning)
  terminal.done('The checks of these chapters begin again: what happened before does not count.')
  // Also where nothing is planted or was put back: an earlier reset may have been interrupted.
  if (words.length === 0) await unplant(terminal)
  else await restartIfRunning(settings, terminal)
}
