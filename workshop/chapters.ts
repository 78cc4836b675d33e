import { why } from './01-why/check.ts'
import { yourRequest } from './02-your-request/check.ts'
import { honeycomb } from './03-honeycomb/check.ts'
import { xRay } from './04-x-ray/check.ts'
import { sampling } from './05-sampling/check.ts'
import { rollbar } from './06-rollbar/check.ts'
import { oneTrace } from './07-one-trace/check.ts'
import { logsAndMetrics } from './08-logs-and-metrics/check.ts'
import { findIt } from './09-find-it/check.ts'
import { goingLive } from './10-going-live/check.ts'
import { leavingTheSdk } from './11-leaving-the-sdk/check.ts'
import { production } from './12-production/check.ts'
import { cleanUp } from './13-clean-up/check.ts'
import type { Chapter } from './chapter.ts'

/** In their order. */
export const CHAPTERS: readonly Chapter[] = [
  why,
  yourRequest,
  honeycomb,
  xRay,
  sampling,
  rollbar,
  oneTrace,
  logsAndMetrics,
  findIt,
  goingLive,
  leavingTheSdk,
  production,
  cleanUp,
]
