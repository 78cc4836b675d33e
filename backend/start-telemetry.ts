import { UserError } from '../contracts/user-error.ts'
import { readSettings, type Settings } from '../settings/read.ts'
import { startTelemetry, type Telemetry } from './telemetry/index.ts'
import { telemetryOptions } from './telemetry-options.ts'

export interface Instrumented {
  readonly settings: Settings
  readonly telemetry: Telemetry
}

/** Reads the settings and starts a service's telemetry; ends the process with one clear line where that cannot be. */
export async function instrument(nameOf: (settings: Settings) => string): Promise<Instrumented> {
  try {
    const settings = readSettings()
    return { settings, telemetry: await startTelemetry(await telemetryOptions(settings, nameOf(settings))) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    process.stderr.write(`✗ ${error.message}\n  → ${error.fix}\n`)
    process.exit(1)
  }
}
