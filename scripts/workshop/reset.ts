import { type Settings, stateDirectory } from '../../settings/read.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { isAgreed } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { requireChapter } from './arguments.ts'
import { openExercise, resetExercise } from './exercise.ts'
import { unplant } from './planting.ts'
import { backupFolder } from './progress.ts'
import { restartIfRunning } from './restart.ts'

/**
 * Puts the exercises back as they were handed out, all or one chapter's, and takes planted faults away. Says which
 * files, asks, and keeps the learner's versions. Throws a UserError where nobody can agree.
 */
export async function resetExercises(
  words: readonly string[],
  settings: Settings,
  terminal: Terminal,
  yes: boolean,
): Promise<void> {
  const chapters = words.length === 0 ? CHAPTERS : words.map(requireChapter)
  const touched = chapters.flatMap((chapter) => {
    const exercise = openExercise(chapter)
    return exercise?.isTouched ? exercise : []
  })
  if (touched.length === 0) terminal.line('Every exercise is as it was handed out.')
  else {
    terminal.heading('These go back to how they were handed out')
    for (const { file } of touched) terminal.line(`  - ${file}`)
    terminal.line(`  Your versions are kept in ${backupFolder(stateDirectory(settings))}.`)
    if (
      !yes &&
      !(await isAgreed(
        'Put them back?',
        'There is no terminal to ask on. Nothing was changed.',
        'npm run workshop -- reset --yes',
      ))
    ) {
      terminal.line('Nothing was changed.')
      return
    }
    for (const exercise of touched) {
      const kept = resetExercise(exercise, backupFolder(stateDirectory(settings)))
      terminal.done(`${exercise.file}; yours is ${kept}`)
    }
  }
  if (words.length === 0 && settings.PLANTED_FAULTS.length > 0) await unplant(terminal)
  else if (touched.length > 0) await restartIfRunning(settings, terminal)
}
