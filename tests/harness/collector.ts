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
  const overlay =
    service === 'collector' ? agentOverlay(ports, folder) : gatewayOverlay(ports, sandbox, folder)
  const path = join(folder, `${service}.json`)
  writeFileSync(path, JSON.stringify(overlay))
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
    { program: PROGRAM },
  )
}

const onLoopback = (port: number) => ({ endpoint: `127.0.0.1:${port}` })

// The collector's own metrics would need a port too.
const quiet = { service: { telemetry: { metrics: { level: 'none' } } } }

function agentOverlay(ports: CollectorPorts, folder: string) {
  return {
    ...quiet,
    receivers: {
      otlp: { protocols: { http: onLoopback(ports.agentHttp), grpc: onLoopback(ports.agentGrpc) } },
      awsxray: { ...onLoopback(ports.daemon), proxy_server: onLoopback(ports.daemon) },
    },
    exporters: {
      load_balancing: { resolver: { dns: { hostname: '127.0.0.1', port: String(ports.gatewayGrpc) } } },
      'otlp_grpc/gateway': onLoopback(ports.gatewayGrpc),
    },
    extensions: {
      health_check: onLoopback(ports.agentHealth),
      file_storage: { directory: join(folder, 'agent') },
    },
  }
}

function gatewayOverlay(ports: CollectorPorts, sandbox: string, folder: string) {
  return {
    ...quiet,
    receivers: {
      otlp: { protocols: { grpc: onLoopback(ports.gatewayGrpc) } },
      'otlp/xray': { protocols: { grpc: onLoopback(ports.gatewayLoop) } },
    },
    exporters: {
      'otlp_http/honeycomb': { endpoint: sandbox },
      'otlp_grpc/xray': onLoopback(ports.gatewayLoop),
      awsxray: { endpoint: sandbox },
    },
    extensions: {
      health_check: onLoopback(ports.gatewayHealth),
      file_storage: { directory: join(folder, 'gateway') },
    },
  }
}
