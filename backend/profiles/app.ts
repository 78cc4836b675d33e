import type { Express } from 'express'
import { findUser } from '../../contracts/cruddur-users.ts'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { addFaultsToProfiles } from '../planted-faults/index.ts'
import { createServiceApp, type ServiceOptions } from '../service.ts'
import { HttpError } from '../telemetry/express.ts'

const MAX_HANDLES = 100

/** The profiles service: returns the display names of handles. */
export function createProfiles(options: ServiceOptions, faults: readonly PlannedFault[]): Express {
  return createServiceApp(options, (app) => {
    addFaultsToProfiles(app, faults)
    app.get('/api/profiles', (request, response) => {
      const { handles } = request.query
      if (typeof handles !== 'string' || handles === '')
        throw new HttpError(400, 'Name the handles: ?handles=a,b')
      const asked = handles.split(',')
      if (asked.length > MAX_HANDLES) throw new HttpError(400, `At most ${MAX_HANDLES} handles at a time.`)
      const found = [...new Set(asked)].flatMap((handle) => findUser(handle) ?? [])
      response.json({
        profiles: found.map(({ handle, displayName }) => ({ handle, display_name: displayName })),
      })
    })
  })
}
