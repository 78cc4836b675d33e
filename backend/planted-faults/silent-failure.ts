import type { Express } from 'express'
import { isActive, type PlannedFault } from '../../contracts/planted-faults.ts'
import { HttpError } from '../telemetry/express.ts'

/** Fault c: a call for this handle, alone or among others, fails, and the posts have handles instead of names. */
export function failSilently(app: Express, fault: PlannedFault): void {
  const { culprit, handle = '' } = fault
  app.get(culprit.path ?? '', (request, _response, next) => {
    const isAsked = String(request.query.handles ?? '')
      .split(',')
      .includes(handle)
    next(
      isAsked && isActive(fault, Date.now()) ? new HttpError(503, 'The replica is out of date.') : undefined,
    )
  })
}
