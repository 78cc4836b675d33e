import { UserError } from '../../contracts/user-error.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Environment, Settings } from '../../settings/read.ts'
import type { Status } from '../processes/status.ts'

/** problem: something will not work. warning: something will surprise. note: worth knowing, nothing to do. */
export type Severity = 'problem' | 'warning' | 'note'

export interface Finding {
  readonly severity: Severity
  readonly what: string
  /** What comes of it. */
  readonly why: string
  /** A command, or what a person does. */
  readonly fix: string
  /** Mends it, where that can do no harm; answers what was done. */
  readonly mend?: () => Promise<string>
}

/** What one check saw. */
export interface Examination {
  /** What is as it should be, one line each. */
  readonly good: readonly string[]
  readonly findings: readonly Finding[]
}

/** What the checks look at. Settings that cannot be read are a finding of their own; the other checks are then left out. */
export interface Patient {
  readonly environment: Environment
  readonly settings: Settings
  readonly providers: Providers
  readonly status: Status
}

export function good(...lines: readonly string[]): Examination {
  return { good: lines, findings: [] }
}

export function found(...findings: readonly Finding[]): Examination {
  return { good: [], findings }
}

/** What a person can cure, as a problem with its cure; any other error is thrown on. */
export function asFinding(error: unknown, why: string): Examination {
  if (!(error instanceof UserError)) throw error
  return found({ severity: 'problem', what: error.message, why, fix: error.fix })
}

export function joined(examinations: readonly Examination[]): Examination {
  return {
    good: examinations.flatMap((one) => one.good),
    findings: examinations.flatMap((one) => one.findings),
  }
}
