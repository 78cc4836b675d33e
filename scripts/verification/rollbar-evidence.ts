import { rollbarOccurrenceUrl, sandboxTraceUrl } from '../../contracts/trace-links.ts'
import { poll } from '../machine/poll.ts'
import type { RollbarEvidence } from '../providers/evidence.ts'
import { findOccurrence } from '../providers/rollbar.ts'
import { type Case, missing, waitForAccepted } from './case.ts'

/** Looks for the failing request's error in Rollbar, by the uuid that the api answered with. */
export async function lookAtRollbar(inCase: Case): Promise<RollbarEvidence> {
  const { providers, options, failing, problems } = inCase
  const { rollbar: target } = providers
  const { mode } = target
  const uuid = failing.rollbarUuid
  if (mode === 'off') return { mode, state: 'off', uuid: undefined, seen: 'off' }
  const url = {
    url:
      mode === 'live'
        ? rollbarOccurrenceUrl(uuid ?? '')
        : sandboxTraceUrl(options.sandboxPage, failing.traceId, 'rollbar'),
  }
  if (!uuid) {
    if (failing.status === 500) {
      problems.push({
        what: 'The api reported no error to Rollbar: its answer has no uuid.',
        fix: 'npm run logs -- api',
      })
    }
    return { mode, state: 'missing', uuid, seen: 'nothing' }
  }
  if (!target.readToken) {
    const isAccepted = await waitForAccepted(inCase, 'rollbar')
    if (!isAccepted) problems.push(await missing(inCase, 'rollbar', 'Rollbar'))
    return {
      mode,
      state: isAccepted ? 'accepted' : 'missing',
      uuid,
      seen: isAccepted ? 'the item was answered 2xx' : 'nothing',
      ...url,
    }
  }
  const found = await poll(() => findOccurrence(target, uuid), {
    deadlineMs: inCase.deadlineMs(mode),
    everyMs: mode === 'live' ? 1_000 : 100,
  })
  if (!found) problems.push(await missing(inCase, 'rollbar', 'Rollbar'))
  else if (found.traceId !== failing.traceId) {
    problems.push({ what: 'Rollbar has the error, but under another trace.', fix: 'npm run logs -- api' })
  }
  return { mode, state: found ? 'found' : 'missing', uuid, seen: found?.title ?? 'nothing', ...url }
}
