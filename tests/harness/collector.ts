import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, readCompose } from './compose.ts'
import { findProgram, type RunningProcess, startProcess } from './process.ts'

const PROGRAM = 'otelcol-contrib'

/** The OpenTelemetry Collector, with the components of its contrib distribution. */
export const COLLECTOR = findProgram([PROGRAM, '--version'])

/** Ports of this machine, in place of those that each container has for itself. */
export interface CollectorPorts {
  readonly agentHttp: number
  readonly agentGrpc: number
  /** UDP and TCP, the X-Ray daemon's. */
  readonly daemon: number
  readonly agentHealth: number
  readonly gatewayGrpc: number
  /** The gateway's way round to X-Ray. */
  readonly gatewayLoop: number
  readonly gatewayHealth: number
}

/**
 * A collector of docker-compose.yml as a process: its own command and configuration files. One file more is added, which
 * moves what it listens on, and what it sends to, onto this machine.
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
    // Nobody looks at Jaeger here.
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

// Its own metrics would want a port too.
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
