import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { applySolution, openExercise, solutionDiff } from './exercise.ts'
import { backupFolder } from './progress.ts'
import { restartIfRunning } from './restart.ts'

/** Shows how a chapter's solution differs from the learner's file, or applies it. */
export async function showOrApplySolution(
  chapter: Chapter,
  settings: Settings,
  terminal: Terminal,
  { apply }: { readonly apply: boolean },
): Promise<void> {
  const exercise = openExercise(chapter)
  if (!exercise) {
    terminal.line(
      `Chapter ${chapter.number} changes no code: its steps are in workshop/${chapter.folder}/README.md.`,
    )
    return
  }
  if (exercise.isSolved) {
    terminal.done(`${exercise.file} has the solution.`)
    return
  }
  if (!apply) {
    terminal.line(solutionDiff(chapter, exercise))
    terminal.line(terminal.dim(`npm run workshop -- ${chapter.number} --apply writes it.`))
    return
  }
  const kept = applySolution(chapter, exercise, backupFolder(stateDirectory(settings)))
  terminal.done(`${exercise.file} has the solution.${kept ? ` Yours is ${kept}` : ''}`)
  // Only the backend's code needs a restart.
  if (exercise.file.startsWith('backend/')) await restartIfRunning(settings, terminal)
}
