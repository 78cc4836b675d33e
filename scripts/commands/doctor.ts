import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { silentTerminal, type Terminal } from '../command-line/terminal.ts'
import { diagnose, type Report } from '../doctor/doctor.ts'
import { reportJson, showReport } from '../doctor/show.ts'

const MAX_ROUNDS = 3

const meta = {
  name: 'doctor',
  summary: 'Checks everything that commonly goes wrong, and names the fix for each finding.',
  options: {
    fix: { type: 'boolean', meaning: 'Fixes what can be fixed without harm, and checks again' },
    json: { type: 'boolean', meaning: 'Prints the data as JSON' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  let report = await diagnose(silentTerminal())
  // A fix may make further checks possible: rules can be checked only once the sandbox runs.
  for (let round = 0; values.fix && round < MAX_ROUNDS; round++) {
    if (!(await applyFixes(report, terminal))) break
    report = await diagnose(silentTerminal())
  }
  if (values.json) process.stdout.write(reportJson(report))
  else showReport(report, terminal)
  if (!report.ok) process.exitCode = 1
})

/** False where there was nothing to fix. Shows the outcome once where two findings have the same fix. */
async function applyFixes({ checks }: Report, terminal: Terminal): Promise<boolean> {
  const shown = new Set<string>()
  const fixes = checks.flatMap(({ findings }) => findings.flatMap(({ applyFix }) => applyFix ?? []))
  for (const applyFix of fixes) {
    try {
      const done = await applyFix()
      if (!shown.has(done)) terminal.done(done)
      shown.add(done)
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      if (!shown.has(what))
        terminal.fail(`Not fixed: ${what}`, error instanceof UserError ? error.fix : undefined)
      shown.add(what)
    }
  }
  return fixes.length > 0
}
