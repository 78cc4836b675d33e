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

/** Applies a fix that several findings share once. False where there was nothing to fix. */
async function applyFixes({ checks }: Report, terminal: Terminal): Promise<boolean> {
  const fixes = new Set(checks.flatMap(({ findings }) => findings.flatMap(({ applyFix }) => applyFix ?? [])))
  for (const applyFix of fixes) {
    try {
      terminal.done(await applyFix())
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      terminal.fail(`Not fixed: ${what}`, error instanceof UserError ? error.fix : undefined)
    }
  }
  return fixes.size > 0
}
