import { digestServiceName } from '../../settings/providers.ts'
import { instrument } from '../start-telemetry.ts'

/** Import it first: what is imported after it runs with telemetry. The process sends the rest when it ends. */
export const { telemetry } = await instrument(digestServiceName)
