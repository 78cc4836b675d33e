import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The OpenTelemetry Collector, with the components of its contrib distribution. */
export const COLLECTOR = 'otelcol-contrib'

const FILES = resolve(import.meta.dirname, '../../collector')

/** Without it a kept trace does not name the policy that kept it. */
const RECORD_POLICY = '--feature-gates=processor.tailsamplingprocessor.recordpolicy'

/** The agent beside the services, and the gateway that decides which traces to keep. */
export type CollectorName = 'agent' | 'gateway'

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

export interface CollectorPlace {
  readonly ports: CollectorPorts
  /** The base address that stands in for Honeycomb and X-Ray. */
  readonly sandbox: string
  /** For the queues on disk, and for one more file of configuration. */
  readonly folder: string
}

/**
 * The arguments with which docker-compose.yml starts a collector, with the same files of `collector/`. Of these a last one
 * moves the addresses that it listens on and sends to onto this machine; it is written to the place's folder.
 * `more`: further files of `collector/`.
 */
export function collectorArguments(
  name: CollectorName,
  place: CollectorPlace,
  more: readonly string[] = [],
): string[] {
  const overlay = join(place.folder, `${name}.json`)
  const moved = name === 'agent' ? moveAgent(place) : moveGateway(place)
  writeFileSync(overlay, JSON.stringify(moved))
  const files =
    name === 'agent'
      ? ['agent.yaml']
      : ['gateway.yaml', 'destinations/honeycomb.yaml', 'destinations/xray.yaml']
  return [
    ...(name === 'gateway' ? [RECORD_POLICY] : []),
    ...[...files, ...more].map((file) => `--config=${join(FILES, file)}`),
    `--config=${overlay}`,
  ]
}

/** The variables that the configuration files name. The sandbox takes any key. */
export const COLLECTOR_ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'sandbox',
  AWS_SECRET_ACCESS_KEY: 'sandbox',
  HONEYCOMB_API_KEY: 'sandbox',
} as const

const onLoopback = (port: number) => ({ endpoint: `127.0.0.1:${port}` })

// The collector's own metrics would need a port too.
const quiet = { service: { telemetry: { metrics: { level: 'none' } } } }

function moveAgent({ ports, folder }: CollectorPlace) {
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

function moveGateway({ ports, sandbox, folder }: CollectorPlace) {
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
