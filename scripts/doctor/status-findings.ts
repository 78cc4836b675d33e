import type { ProcessStatus } from '../processes/process-status.ts'
import { findFatalError } from '../processes/start-failure.ts'
import type { StatusFinding } from '../processes/status.ts'
import { type CheckResult, problem, warning } from './check.ts'

type Start = () => Promise<string>

const WITHOUT_IT = 'The other processes run without it.'

/** By the code of a finding of `npm run status` that a start fixes: its severity and its consequence. */
const FIXED_BY_A_START = new Map([
  ['SETTINGS_CHANGED', { report: problem, why: 'A process keeps the settings of its start.' }],
  ['CODE_CHANGED', { report: warning, why: 'A process keeps the code of its start.' }],
  ['PROCESS_ENDED', { report: problem, why: WITHOUT_IT }],
  [
    'PROCESS_SUSPENDED',
    { report: problem, why: 'A suspended process answers nothing: requests to it wait.' },
  ],
  ['PROCESS_MISSING', { report: problem, why: WITHOUT_IT }],
  [
    'PROCESS_UNWANTED',
    { report: warning, why: 'The settings no longer need this process, and it may hold a port.' },
  ],
  ['START_INTERRUPTED', { report: problem, why: 'Some processes were not started.' }],
  ['STOP_INTERRUPTED', { report: problem, why: 'Some processes were not stopped.' }],
  [
    'STATE_UNREADABLE',
    { report: problem, why: 'The state file cannot be read, so started processes cannot be found.' },
  ],
  ['LEFT_RUNNING', { report: problem, why: 'npm run logs does not find them, and they hold our ports.' }],
  ['MACHINE_RESTARTED', { report: problem, why: 'Nothing runs.' }],
])

/** By the code of a finding that a person has to fix, before anything else: its consequence. */
const FIXED_BY_HAND = new Map([
  ['LAST_START_FAILED', 'Another start fails in the same way until this is fixed.'],
  ['STATE_FORBIDDEN', 'Until it can be read, no command finds, starts or stops the processes.'],
  ['STATE_DIR_UNUSABLE', 'Until it can be used, no command finds, starts or stops the processes.'],
])

/** A finding of `npm run status`, with what follows from it. */
export function describeFinding({ code, what, fix }: StatusFinding, start: Start): CheckResult {
  if (code === 'DATA_KEPT_ASIDE') {
    return warning({ code, what, why: 'The database works, and its old data may still be wanted.', fix })
  }
  const fixed = FIXED_BY_A_START.get(code)
  if (fixed) return fixed.report({ code, what, why: fixed.why, fix, applyFix: start })
  return problem({
    code,
    what,
    why: FIXED_BY_HAND.get(code) ?? 'Nothing can start until this is fixed.',
    fix,
  })
}

/** `command`: what starts a crashed process again. */
export function describeCrash(
  { name, exit, reason: diagnosis, lastLines }: ProcessStatus,
  command: string,
  start: Start,
): CheckResult {
  if (diagnosis) {
    // Another start would end in the same way.
    const what = `${name} does not run: ${diagnosis.what}`
    return problem({ code: 'PROCESS_ENDED', what, why: WITHOUT_IT, fix: diagnosis.fix })
  }
  const error = findFatalError(lastLines)
  const reason = error
    ? ` The last error in its log: ${error}`
    : exit
      ? ''
      : ' Its log has no error that ends a process: it may have been killed by a signal (kill, kill -9) or for want of memory.'
  return problem({
    code: 'PROCESS_ENDED',
    what: `${name} has crashed${exit ? ` (${exit})` : ''}.${reason}`,
    why: WITHOUT_IT,
    fix: `npm run logs -- --no-follow ${name} tells more; ${command} starts it again`,
    applyFix: start,
  })
}
