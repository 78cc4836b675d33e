import { readSettings } from '../../settings/read.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { runCommand } from '../command-line/command.ts'
import { requireChapter } from '../workshop/arguments.ts'
import { exportOf, showClassTable } from '../workshop/class-table.ts'
import { resetExercises, showOrApplySolution } from '../workshop/exercise-commands.ts'
import { plant, unplant } from '../workshop/planting.ts'
import { checkChapters } from '../workshop/progress.ts'
import { restart } from '../workshop/restart.ts'
import { showProgress, showResult } from '../workshop/show.ts'
import { watchChapter } from '../workshop/watch.ts'

const meta = {
  name: 'workshop',
  summary:
    'Shows which chapters of the workshop have passed, or checks one by the telemetry that was really sent.',
  positionals: '[N [answer…] | restart | reset [N] | plant [a … h] | unplant | export | class FILE…]',
  options: {
    solution: { type: 'boolean', meaning: 'With N: shows how the solution differs from your file' },
    apply: { type: 'boolean', meaning: 'With N: writes the solution into your file, and keeps yours' },
    watch: { type: 'boolean', meaning: 'With N: checks again as evidence comes in, until it passes' },
    yes: { type: 'boolean', short: 'y', meaning: 'Asks nothing' },
    name: { type: 'string', meaning: 'With export and plant: whose progress it is, and whose faults' },
    next: { type: 'boolean', meaning: 'With plant: other faults, of the kinds that have not been there yet' },
    json: { type: 'boolean', meaning: 'Prints the progress as JSON' },
  },
  examples: [
    'npm run workshop                          your progress',
    'npm run workshop -- 3                     the check of chapter 3',
    'npm run workshop -- 3 --watch             ticks its conditions as evidence comes in',
    'npm run workshop -- 3 --solution          how the solution differs from your file',
    'npm run workshop -- restart               after a change in backend/',
    'npm run workshop -- reset                 every exercise back to its start',
    'npm run --silent workshop -- export --name Ada > ada.json',
    'npm run workshop -- class *.json          a table of all learners',
  ],
} as const

await runCommand(meta, async ({ values, positionals, terminal }) => {
  const [word = '', ...rest] = positionals
  const settings = readSettings()
  if (word === 'restart') return restart(settings, terminal)
  if (word === 'plant') return plant(rest, values, terminal)
  if (word === 'unplant') return unplant(terminal)
  if (word === 'reset') return resetExercises(rest, settings, terminal, values.yes ?? false)
  if (word === 'class') return showClassTable(rest, terminal)
  if (values.solution || values.apply) {
    return showOrApplySolution(requireChapter(word), settings, terminal, { apply: values.apply ?? false })
  }

  if (values.watch) {
    const isPassed = await watchChapter(requireChapter(word), settings, terminal, { answers: rest })
    if (!isPassed) process.exitCode = 1
    return
  }

  const isOne = word !== '' && word !== 'export'
  const standings = isOne
    ? await checkChapters([requireChapter(word)], settings, rest)
    : await checkChapters(CHAPTERS, settings)
  if (word === 'export' || values.json) {
    process.stdout.write(`${JSON.stringify(exportOf(standings.chapters, values.name ?? ''), null, 2)}\n`)
  } else if (!isOne) showProgress(standings, terminal)
  const [standing] = standings.chapters
  if (!isOne || !standing) return
  showResult(standing, terminal)
  if (!standing.result.passed && standing.state !== 'earlier') process.exitCode = 1
})
