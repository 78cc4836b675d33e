import type { Express } from 'express'
import { isActive, type PlannedFault } from '../../contracts/planted-faults.ts'
import { answerUnavailable, pathOf } from './profiles-calls.ts'

/** Fault c: a call for this handle, alone or among others, fails, and the posts have handles instead of names. */
export function failSilently(app: Express, fault: PlannedFault): void {
  const { culprit, handle = '' } = fault
  app.get(pathOf(culprit), (request, response, next) => {
    const isAsked = String(request.query.handles ?? '')
      .split(',')
      .includes(handle)
    if (isAsked && isActive(fault, Date.now())) answerUnavailable(response)
    else next()
  })
}
