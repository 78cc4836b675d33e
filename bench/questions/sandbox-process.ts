import { fromCheckout } from '../overhead/checkout.ts'

// A sandbox of the checkout in BENCH_CHECKOUT, with the bounds that the benchmark asks for. The parent gets the port, and on
// every message the CPU time of all threads so far, in µs.

const { startSandbox } =
  await fromCheckout<typeof import('../../sandbox/start-sandbox.ts')>('sandbox/start-sandbox.ts')
const { DEFAULT_BOUNDS } =
  await fromCheckout<typeof import('../../sandbox/store/prune.ts')>('sandbox/store/prune.ts')

const maxSpans = Number(process.env.BENCH_MAX_SPANS)
const sandbox = await startSandbox({
  host: '127.0.0.1',
  port: 0,
  allowedHosts: [],
  dataFile: process.env.BENCH_DATA_FILE ?? '',
  region: 'us-east-1',
  daemon: undefined,
  bounds: {
    ...DEFAULT_BOUNDS,
    maxSpans,
    maxBytes: DEFAULT_BOUNDS.maxBytes * Math.max(1, maxSpans / DEFAULT_BOUNDS.maxSpans),
  },
  onInternalError: (error) => console.error(error),
})
process.send?.({ port: sandbox.port })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.on('SIGTERM', () => void sandbox.close().then(() => process.exit(0)))
