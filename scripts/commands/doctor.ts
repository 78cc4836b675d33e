import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { silentTerminal, type Terminal } from '../command-line/terminal.ts'
import { type Diagnosis, diagnose } from '../doctor/doctor.ts'
import { diagnosisJson, showDiagnosis } from '../doctor/show.ts'

const MOST_ROUNDS = 3

const meta = {
  name: 'doctor',
  summary: 'Looks at everything that commonly goes wrong, and says of each finding how it is mended.',
  options: {
    fix: { type: 'boolean', meaning: 'Mends what can be mended without harm, and looks again' },
    json: { type: 'boolean', meaning: 'Prints the data as JSON' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  let diagnosis = await diagnose(silentTerminal())
  // What is mended may bring to light what could not be seen before: without processes there are no rules to look at.
  for (let round = 0; values.fix && round < MOST_ROUNDS; round++) {
    if (!(await mend(diagnosis, terminal))) break
    diagnosis = await diagnose(silentTerminal())
  }
  if (values.json) process.stdout.write(diagnosisJson(diagnosis))
  else showDiagnosis(diagnosis, terminal)
  if (!diagnosis.ok) process.exitCode = 1
})

/** Whether there was anything to mend. Two findings with one cure are mended once: the second is gone by then. */
async function mend({ checks }: Diagnosis, terminal: Terminal): Promise<boolean> {
  const told = new Set<string>()
  const mends = checks.flatMap(({ findings }) => findings.flatMap((finding) => finding.mend ?? []))
  for (const one of mends) {
    try {
      const done = await one()
      if (!told.has(done)) terminal.done(done)
      told.add(done)
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      if (!told.has(what))
        terminal.fail(`Not mended: ${what}`, error instanceof UserError ? error.fix : undefined)
      told.add(what)
    }
  }
  return mends.length > 0
}
