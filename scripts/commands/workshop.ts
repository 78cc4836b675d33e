import { UserError } from '../../contracts/user-error.ts'
import { readSettings, stateDirectory } from '../../settings/read.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { runCommand } from '../command-line/command.ts'
import { readAnswers, requireChapter } from '../workshop/arguments.ts'
import { classTable, exportOf } from '../workshop/class-table.ts'
import { openContext, openSources } from '../workshop/context.ts'
import { plant, unplant } from '../workshop/planting.ts'
import { checkChapter, readProgress, type Standing, writeProgress } from '../workshop/progress.ts'
import { resetExercises } from '../workshop/reset.ts'
import { restart } from '../workshop/restart.ts'
import { showProgress, showResult } from '../workshop/show.ts'
import { showOrApplySolution } from '../workshop/solution.ts'

const meta = {
  name: 'workshop',
  summary:
    'Shows which chapters of the workshop have passed, or checks one by the telemetry that was really sent.',
  positionals: '[N [answer…] | restart | reset [N] | plant [a b c] | unplant | export | class FILE…]',
  options: {
    solution: { type: 'boolean', meaning: 'With N: shows how the solution differs from your file' },
    apply: { type: 'boolean', meaning: 'With N: writes the solution into your file, and keeps yours' },
    yes: { type: 'boolean', short: 'y', meaning: 'Asks nothing' },
    name: { type: 'string', meaning: 'With export: whose progress it is' },
    json: { type: 'boolean', meaning: 'Prints the progress as JSON' },
  },
  examples: [
    'npm run workshop                          your progress',
    'npm run workshop -- 3                     the check of chapter 3',
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
  const folder = stateDirectory(settings)
  if (word === 'restart') return restart(settings, terminal)
  if (word === 'plant') return plant(rest, terminal)
  if (word === 'unplant') return unplant(terminal)
  if (word === 'reset') return resetExercises(rest, settings, terminal, values.yes ?? false)
  if (word === 'class') {
    if (rest.length === 0)
      throw new UserError({
        code: 'USAGE',
        what: 'Say which files.',
        fix: 'npm run workshop -- class *.json',
      })
    for (const line of classTable(rest)) terminal.line(line)
    return
  }
  if (values.solution || values.apply) {
    return showOrApplySolution(requireChapter(word), settings, terminal, { apply: values.apply ?? false })
  }
  const progress = readProgress(folder)
  const chapters = word === '' || word === 'export' ? CHAPTERS : [requireChapter(word)]
  const [only] = chapters
  if (word !== '' && word !== 'export' && only && rest.length > 0) {
    const key = String(only.number)
    progress.answers[key] = { ...progress.answers[key], ...readAnswers(only, rest) }
  }
  const sources = openSources(settings)
  const context = openContext(sources)
  const standings: Standing[] = []
  try {
    for (const chapter of chapters) standings.push(await checkChapter(chapter, context, progress))
  } finally {
    sources.xray.client.destroy()
  }
  writeProgress(folder, progress)
  if (word === 'export' || values.json) {
    process.stdout.write(`${JSON.stringify(exportOf(standings, values.name ?? ''), null, 2)}\n`)
  } else if (chapters.length > 1) showProgress(standings, terminal)
  if (chapters.length > 1) return
  const [standing] = standings
  if (!standing) return
  showResult(standing, terminal)
  if (!standing.result.passed) process.exitCode = 1
})
