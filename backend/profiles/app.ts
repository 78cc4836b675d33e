import type { Express } from 'express'
import { type AppTelemetry, createServiceApp } from '../service.ts'
import { HttpError } from '../telemetry/express.ts'

const MAX_HANDLES = 100

/** The profiles service: returns the display names of handles. */
export function createProfiles({
  telemetry,
  plant = () => {},
}: {
  readonly telemetry: AppTelemetry
  /** Adds handlers before the routes. */
  readonly plant?: (app: Express) => void
}): Express {
  return createServiceApp(telemetry, (app) => {
    plant(app)
    app.get('/api/profiles', (request, response) => {
      const { handles } = request.query
      if (typeof handles !== 'string' || handles === '')
        throw new HttpError(400, 'Name the handles: ?handles=a,b')
      const asked = handles.split(',')
      if (asked.length > MAX_HANDLES) throw new HttpError(400, `At most ${MAX_HANDLES} handles at a time.`)
      response.json({ profiles: findProfiles(asked) })
    })
  })
}

interface Profile {
  readonly handle: string
  readonly display_name: string
}

const PROFILES: readonly Profile[] = [
  { handle: 'maya', display_name: 'Maya Lindqvist' },
  { handle: 'tomasz', display_name: 'Tomasz Zieliński' },
  { handle: 'ines', display_name: 'Inês Carvalho' },
  { handle: 'nkechi', display_name: 'Nkechi Obi' },
  { handle: 'arne', display_name: 'Arne Holm' },
]

/** The profiles of the handles that exist. */
function findProfiles(handles: readonly string[]): Profile[] {
  const wanted = new Set(handles)
  return PROFILES.filter(({ handle }) => wanted.has(handle))
}
