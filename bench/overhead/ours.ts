import { startTelemetry } from '../../backend/telemetry/index.ts'
import { parseDaemonAddress } from '../../contracts/daemon-address.ts'

const sink = process.env.BENCH_SINK ?? ''
const daemon = parseDaemonAddress(process.env.BENCH_DAEMON ?? '')
if (!daemon) throw new Error('BENCH_DAEMON is no daemon address')

/** All three providers on, as in the workspace. */
const telemetry = await startTelemetry({
  serviceName: 'bench',
  serviceVersion: '0',
  sampler: {
    name: 'xray',
    rulesEndpoint: `http://${daemon.tcp.host}:${daemon.tcp.port}`,
    rulesPollingSeconds: 10,
  },
  honeycomb: { endpoint: sink, headers: { 'x-honeycomb-team': 'bench' } },
  logFormat: 'json',
  xray: { pipeline: 'sdk', daemon },
  rollbar: { accessToken: 'bench', apiEndpoint: sink, environment: 'bench', itemsPerMinute: 60 },
})

// Imported after the telemetry has started: modules that load earlier are not instrumented.
const { problemResponses, traceHeaders } = await import('../../backend/telemetry/express.ts')
const { createApp, listen } = await import('./app.ts')

listen(createApp([traceHeaders()], [problemResponses(telemetry)]))
