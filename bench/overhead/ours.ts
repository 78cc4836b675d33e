import { createApp, listen } from './app.ts'
import { fromCheckout } from './checkout.ts'

const { startTelemetry } = await fromCheckout<typeof import('../../backend/telemetry/index.ts')>(
  'backend/telemetry/index.ts',
)
const { parseDaemonAddress } = await fromCheckout<typeof import('../../contracts/daemon-address.ts')>(
  'contracts/daemon-address.ts',
)

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
const { problemResponses, traceHeaders } = await fromCheckout<
  typeof import('../../backend/telemetry/express.ts')
>('backend/telemetry/express.ts')

listen(await createApp([traceHeaders()], [problemResponses(telemetry)]))
