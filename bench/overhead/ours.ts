import { telemetry } from './ours-telemetry.ts'

const { problemResponses, traceHeaders } = await import('../../backend/telemetry/express.ts')
const { createApp, listen } = await import('./app.ts')

listen(createApp([traceHeaders()], [problemResponses(telemetry)]))
