import { PASTED_KEYS } from '../../settings/pasted.ts'
import { SANDBOX_KEY } from '../../settings/providers.ts'
import type { SandboxAddresses } from './addresses.ts'

/** A variable for the environment that an app starts in. */
export interface AppVariable {
  readonly name: string
  readonly value: string
  /** Why the app needs it, as a sentence without a line break. */
  readonly why: string
}

/** What is printed for an app: variables, and remarks that no variable can express. */
export interface AppEnvironment {
  readonly title: string
  readonly variables: readonly AppVariable[]
  readonly remarks: readonly string[]
}

/** Where the sandbox is, for an app and for a browser. */
export interface Place extends SandboxAddresses {
  /** The sandbox's address for a browser, without a final slash. */
  readonly page: string
  readonly region: string
}

/** Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export function otlp({ http }: Place): AppVariable[] {
  return [
    {
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      value: http,
      why: 'OpenTelemetry’s exporters send spans, log records and metrics here instead of to Honeycomb.',
    },
    {
      name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
      value: 'http/protobuf',
      why: 'That address speaks HTTP. Some SDKs send gRPC when this is not set.',
    },
    {
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      value: PASTED_KEYS.OTEL_EXPORTER_OTLP_HEADERS,
      why: 'Honeycomb answers 401 without a key. The sandbox takes any; it is not a credential.',
    },
  ]
}

/**
 * Sources: https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-python-configuration.html and those of the other SDKs;
 * XRAY_OTLP_ENDPOINT and XRAY_API_KEY are names of this workspace.
 */
export function xray({ http, daemon }: Place): AppVariable[] {
  return [
    {
      name: 'AWS_XRAY_DAEMON_ADDRESS',
      value: daemon,
      why: 'X-Ray’s SDKs send segments here by UDP, and ask here for sampling rules by TCP. They need no AWS key.',
    },
    {
      name: 'XRAY_OTLP_ENDPOINT',
      value: `${http}/v1/traces`,
      why: 'For an app without the X-Ray SDK: X-Ray’s OTLP endpoint, as the examples read it.',
    },
    { name: 'XRAY_API_KEY', value: SANDBOX_KEY, why: 'Its bearer token. The sandbox takes any.' },
  ]
}

export function rollbar(endpoint: string, how: string): AppVariable[] {
  return [
    {
      name: 'ROLLBAR_ACCESS_TOKEN',
      value: PASTED_KEYS.ROLLBAR_ACCESS_TOKEN,
      why: 'Rollbar’s SDKs send nothing without a token. The sandbox takes any; it is not a credential.',
    },
    { name: 'ROLLBAR_ENDPOINT', value: endpoint, why: `Errors go here instead of to Rollbar. ${how}` },
  ]
}

export function items({ http }: Place): string {
  return `${http}/api/1/item/`
}

export const NAME_REMARK =
  'Your service has no name yet? OTEL_SERVICE_NAME=my-app. Without one its spans are of unknown_service.'

export function commonRemarks({ http, grpc }: Place): string[] {
  return [
    'XRAY_OTLP_ENDPOINT answers 400 until Transaction Search is on. This turns it on for the whole sandbox:',
    `  curl ${http}/UpdateTraceSegmentDestination -d '{"Destination":"CloudWatchLogs"}'`,
    'X-Ray’s API then lists 1 % of the traces, as in AWS. The way back is the same with "XRay": docs/your-app/README.md.',
    ...(grpc === undefined
      ? []
      : [`For a gRPC exporter: OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} and OTEL_EXPORTER_OTLP_PROTOCOL=grpc.`]),
  ]
}
