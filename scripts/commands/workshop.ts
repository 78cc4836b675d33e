import { readSettings } from '../../settings/read.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { runCommand } from '../command-line/command.ts'
import { requireChapter } from '../workshop/arguments.ts'
import { showClass } from '../workshop/class/class.ts'
import { exportOf, exportText } from '../workshop/class/export.ts'
import { runDigest } from '../workshop/digest.ts'
import { resetExercises, showOrApplySolution } from '../workshop/exercise-commands.ts'
import { plant, unplant } from '../workshop/planting.ts'
import { checkChapters } from '../workshop/progress.ts'
import { restart } from '../workshop/restart.ts'
import { showProgress, showResult } from '../workshop/show.ts'
import { showCollector } from '../workshop/tail-sampling.ts'
import { watchChapter } from '../workshop/watch.ts'

const meta = {
  name: 'workshop',
  summary:
    'Shows which chapters of the workshop have passed, or checks one by the telemetry that was really sent.',
  positionals:
    '[N [answer…] | restart | reset [N] | plant [a … h] | unplant | digest | collector | export | class FILE…|FOLDER|-]',
  options: {
    solution: { type: 'boolean', meaning: 'With N: shows how the solution differs from your file' },
    apply: { type: 'boolean', meaning: 'With N: writes the solution into your file, and keeps yours' },
    watch: { type: 'boolean', meaning: 'With N: checks again as evidence comes in, until it passes' },
    yes: { type: 'boolean', short: 'y', meaning: 'Asks nothing' },
    name: { type: 'string', meaning: 'With export and plant: whose progress it is, and whose faults' },
    next: { type: 'boolean', meaning: 'With plant: other faults, of the kinds that have not been there yet' },
    'by-name': { type: 'boolean', meaning: 'With class: in the order of names, not of progress' },
    json: { type: 'boolean', meaning: 'Prints the progress, or the class, as JSON' },
  },
  examples: [
    'npm run workshop                          your progress',
    'npm run workshop -- 3                     the check of chapter 3',
    'npm run workshop -- 3 --watch             ticks its conditions as evidence comes in',
    'npm run workshop -- 3 --solution          how the solution differs from your file',
    'npm run workshop -- restart               after a change in backend/',
    'npm run workshop -- reset                 every exercise back to its start',
    'npm run workshop -- digest                chapter 11: a job, traced by the SDK or by your span',
    'npm run workshop -- collector             chapter 12: collectors that keep every error',
    'npm run --silent workshop -- export --name Ada > ada.json',
    'npm run workshop -- class exports/        a table of all learners, from the files in a folder',
    'cat *.json | npm run --silent workshop -- class -',
  ],
} as const

await runCommand(meta, async ({ values, positionals, terminal }) => {
  const [word = '', ...rest] = positionals
  const settings = readSettings()
  if (word === 'restart') return restart(settings, terminal)
  if (word === 'plant') return plant(rest, values, terminal)
  if (word === 'unplant') return unplant(terminal)
  if (word === 'digest') return runDigest(settings)
  if (word === 'collector') return showCollector(settings, terminal)
  if (word === 'reset') return resetExercises(rest, settings, terminal, values.yes ?? false)
  if (word === 'class') {
    return showClass(rest, terminal, { isByName: values['by-name'] ?? false, isJson: values.json ?? false })
  }
  if (values.solution || values.apply) {
    return showOrApplySolution(requireChapter(word), settings, terminal, {
      apply: values.apply ?? false,
      yes: values.yes ?? false,
    })
  }

  if (values.watch) {
    if (!(await watchChapter(requireChapter(word), terminal, rest))) process.exitCode = 1
    return
  }

  const isOne = word !== '' && word !== 'export'
  const standings = isOne
    ? await checkChapters([requireChapter(word)], settings, rest)
    : await checkChapters(CHAPTERS, settings)
  if (word === 'export' || values.json) {
    process.stdout.write(exportText(exportOf(standings, values.name ?? '')))
  } else if (!isOne) showProgress(standings, terminal)
  const [standing] = standings.chapters
  if (!isOne || !standing) return
  showResult(standing, terminal)
  for (const warning of standings.warnings) terminal.warn(warning)
  if (!standing.result.passed && standing.state !== 'earlier') process.exitCode = 1
})
