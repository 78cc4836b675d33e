import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCompose } from './compose.ts'
import { findProgram, ROOT, type RunningProcess, startProcess } from './process.ts'

const PROGRAM = 'otelcol-contrib'

/** The OpenTelemetry Collector, with the components of its contrib distribution. */
export const COLLECTOR = findProgram([PROGRAM, '--version'])

/** Ports of this machine, which replace the fixed ports inside each container. */
export interface CollectorPorts {
  readonly agentHttp: number
  readonly agentGrpc: number
  /** UDP and TCP, the X-Ray daemon's. */
  readonly daemon: number
  readonly agentHealth: number
  readonly gatewayGrpc: number
  /** Where the gateway sends spans to itself, for its pipeline to X-Ray. */
  readonly gatewayLoop: number
  readonly gatewayHealth: number
}

/**
 * Starts a collector of docker-compose.yml as a process, with its command and its configuration files. One more file
 * moves the addresses that it listens on and sends to onto this machine.
 */
export async function startCollector(
  service: 'collector' | 'collector-gateway',
  {
    ports,
    sandbox,
    folder,
    more = [],
  }: {
    ports: CollectorPorts
    sandbox: string
    folder: string
    /** Further files of collector/. */
    more?: readonly string[]
  },
): Promise<RunningProcess> {
  const here = service === 'collector' ? agentHere(ports, folder) : gatewayHere(ports, sandbox, folder)
  const path = join(folder, `${service}.json`)
  writeFileSync(path, JSON.stringify(here))
  const { command = [], environment = {} } = readCompose({})[service] ?? {}
  const args = command
    // No test needs Jaeger.
    .filter((part) => !part.endsWith('/jaeger.yaml'))
    .map((part) => part.replace('/etc/collector', join(ROOT, 'collector')))
  const health = service === 'collector' ? ports.agentHealth : ports.gatewayHealth
  return startProcess(
    [...args, ...more.map((name) => `--config=${join(ROOT, 'collector', name)}`), `--config=${path}`],
    { PATH: process.env.PATH ?? '', ...environment },
    `http://127.0.0.1:${health}/`,
    PROGRAM,
  )
}

const at = (port: number) => ({ endpoint: `127.0.0.1:${port}` })

// The collector's own metrics would need a port too.
const quiet = { service: { telemetry: { metrics: { level: 'none' } } } }

function agentHere(ports: CollectorPorts, folder: string) {
  return {
    ...quiet,
    receivers: {
      otlp: { protocols: { http: at(ports.agentHttp), grpc: at(ports.agentGrpc) } },
      awsxray: { ...at(ports.daemon), proxy_server: at(ports.daemon) },
    },
    exporters: {
      load_balancing: { resolver: { dns: { hostname: '127.0.0.1', port: String(ports.gatewayGrpc) } } },
      'otlp_grpc/gateway': at(ports.gatewayGrpc),
    },
    extensions: { health_check: at(ports.agentHealth), file_storage: { directory: join(folder, 'agent') } },
  }
}

function gatewayHere(ports: CollectorPorts, sandbox: string, folder: string) {
  return {
    ...quiet,
    receivers: {
      otlp: { protocols: { grpc: at(ports.gatewayGrpc) } },
      'otlp/xray': { protocols: { grpc: at(ports.gatewayLoop) } },
    },
    exporters: {
      'otlp_http/honeycomb': { endpoint: sandbox },
      'otlp_grpc/xray': at(ports.gatewayLoop),
      awsxray: { endpoint: sandbox },
    },
    extensions: {
      health_check: at(ports.gatewayHealth),
      file_storage: { directory: join(folder, 'gateway') },
    },
  }
}
