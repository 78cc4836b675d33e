import { UserError } from '../../contracts/user-error.ts'
import { silentTerminal, type Terminal } from '../command-line/terminal.ts'
import { diagnose, type Report } from './doctor.ts'

const MAX_ROUNDS = 3

/**
 * Fixes what can be fixed without harm, and checks again. A fix may make further checks possible: rules can be checked
 * only once the sandbox runs.
 */
export async function fixAndDiagnose(terminal: Terminal): Promise<Report> {
  let report = await diagnose(silentTerminal())
  for (let round = 0; round < MAX_ROUNDS && (await applyFixes(report, terminal)); round++) {
    report = await diagnose(silentTerminal())
  }
  return report
}

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
