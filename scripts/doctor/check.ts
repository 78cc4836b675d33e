import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Environment, Settings } from '../../settings/read.ts'
import type { Operation } from '../containers/operation.ts'
import type { StatusOfContainers } from '../containers/status.ts'

/** problem: something will not work. warning: something will surprise. note: nothing is wrong, and the fix is optional. */
export type Severity = 'problem' | 'warning' | 'note'

export interface Finding extends Diagnosis {
  readonly severity: Severity
  readonly why: string
  /** Applies the fix, where that can do no harm; returns what was done. */
  readonly applyFix?: () => Promise<string>
}

export interface CheckResult {
  /** What works, one line each. */
  readonly good: readonly string[]
  readonly findings: readonly Finding[]
}

/** What the checks look at. Without readable settings there is none, and only the machine and the settings are checked. */
export interface Context {
  readonly environment: Environment
  readonly settings: Settings
  readonly providers: Providers
  readonly status: StatusOfContainers
  readonly operation: Operation
}

export function good(...lines: readonly string[]): CheckResult {
  return { good: lines, findings: [] }
}

type Found = Omit<Finding, 'severity'>

export function problem(finding: Found): CheckResult {
  return { good: [], findings: [{ ...finding, severity: 'problem' }] }
}

export function warning(finding: Found): CheckResult {
  return { good: [], findings: [{ ...finding, severity: 'warning' }] }
}

export function note(finding: Found): CheckResult {
  return { good: [], findings: [{ ...finding, severity: 'note' }] }
}

/** The diagnosis that a UserError carries, as a problem. Throws any other error. */
export function problemOf(error: unknown, why: string): CheckResult {
  if (!(error instanceof UserError)) throw error
  return problem({ ...error.diagnosis, why: error.diagnosis.why ?? why })
}

export function joined(results: readonly CheckResult[]): CheckResult {
  return {
    good: results.flatMap((one) => one.good),
    findings: results.flatMap((one) => one.findings),
  }
}
