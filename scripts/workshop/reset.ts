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
 * Puts the exercises back to their start, all or the given chapters', and with all of them removes planted faults. Lists
 * the files, asks, and keeps the learner's versions. Throws a UserError where there is no terminal to ask on.
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
  if (touched.length === 0) terminal.line('Every exercise is as at the start.')
  else {
    terminal.heading('These files go back to their start')
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
