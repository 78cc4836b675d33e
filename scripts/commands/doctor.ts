import { runCommand } from '../command-line/command.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { diagnose, fixAndDiagnose } from '../doctor/doctor.ts'
import { reportJson, showReport } from '../doctor/show.ts'

const meta = {
  name: 'doctor',
  summary: 'Checks everything that commonly goes wrong, and names the fix for each finding.',
  options: {
    fix: { type: 'boolean', meaning: 'Fixes what can be fixed without harm, and checks again' },
    json: { type: 'boolean', meaning: 'Prints the data as JSON' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  const report = values.fix ? await fixAndDiagnose(terminal) : await diagnose(silentTerminal())
  if (values.json) process.stdout.write(reportJson(report))
  else showReport(report, terminal)
  if (!report.ok) process.exitCode = 1
})
