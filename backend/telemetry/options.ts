import type { IncomingMessage } from 'node:http'
import type { DaemonAddress } from '../../contracts/daemon-address.ts'

/**
 * All options of a service's telemetry. A provider without options is off: its files and its SDK are
 * not loaded. A wrong option is an error of `startTelemetry`, which names it and the expected form.
 *
 * Nothing here is read from the environment, except for what OpenTelemetry itself reads (OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_SDK_DISABLED and limits such as OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT) and, with NODE_USE_ENV_PROXY=1, the proxy of
 * HTTPS_PROXY and NO_PROXY; where another variable is named, backend/start-telemetry.ts reads it. Variables such as
 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, for one signal, are ignored.
 */
export interface TelemetryOptions {
  /**
   * The name of the service: `service.name` of the resource, and the name of its X-Ray segments.
   * Variable: OTEL_SERVICE_NAME. Example: `orders`.
   */
  readonly serviceName: string
  /** The version of the service, also sent to Rollbar as `code_version`. Example: `1.2.3`. */
  readonly serviceVersion: string
  /**
   * Further attributes of the resource. Default: none. OTEL_RESOURCE_ATTRIBUTES adds to them.
   * Example: `{ 'deployment.environment.name': 'production' }`.
   */
  readonly resource?: Readonly<Record<string, string>>
  /** Which traces are kept. Default: all, unless the caller decided otherwise (`parentbased_always_on`). */
  readonly sampler?: Defaulted<SamplerOptions, 'rulesEndpoint' | 'rulesPollingSeconds'> | undefined
  /** Sends spans, log records and metrics to Honeycomb, or to any other OTLP receiver. Default: off. */
  readonly honeycomb?: HoneycombOptions | undefined
  /** Sends traces to AWS X-Ray. Default: off. */
  readonly xray?: XRayOptions | undefined
  /** Sends errors to Rollbar. Default: off. */
  readonly rollbar?: Defaulted<RollbarOptions, 'apiEndpoint' | 'environment' | 'itemsPerMinute'> | undefined
  /**
   * Returns the pages that show a trace, by provider. They become part of every Rollbar item of a sampled trace.
   * Default: no links. Example: `(traceId) => ({ honeycomb: 'https://ui.honeycomb.io/…' })`.
   */
  readonly linksTo?: (traceId: string) => TraceLinks
  /** Paths whose requests get no span, no metric and no line in the log. Default: none. Example: `['/health']`. */
  readonly untracedPaths?: readonly string[]
  /**
   * The log on standard output. `json`: one object per line, for machines. `text`: a line that a person can read.
   * Default: `json`.
   */
  readonly logFormat?: 'json' | 'text'
  /** Milliseconds between two exports of metrics. Default: 60 000. */
  readonly metricsIntervalMs?: number
  /**
   * Values that must not leave the process, besides the providers' keys: other keys and passwords. Texts of errors and of
   * the log have `REDACTED` in their place; values shorter than 8 characters are ignored. Default: none.
   */
  readonly secrets?: readonly string[]
  /**
   * Names of query parameters whose values may be recorded; all others are redacted in every span and error.
   * Default: none. Example: `['limit', 'page']`.
   */
  readonly allowedQueryParameters?: readonly string[]
  /** What is recorded of the person behind a request. Default: no whole address, and of the referring page its host only. */
  readonly privacy?: Partial<PrivacyOptions> | undefined
  /**
   * How many proxies each request passes before this process (load balancer, ingress): a whole number from 0 to 99. So many entries at the end of
   * `X-Forwarded-For`, `-Host` and `-Proto` were written by them; all others by the client, who may write anything.
   * Default: 0: the headers are ignored, and the client is the one that connected.
   */
  readonly trustedProxies?: number
}

/** Options of which the named ones may be left out. */
type Defaulted<Options, Names extends keyof Options> = Omit<Options, Names> & Partial<Pick<Options, Names>>

/** The options with their defaults (validate-options.ts), as the files of this folder take them. */
export type CompleteOptions = Omit<TelemetryOptions, 'rollbar'> &
  Required<Pick<TelemetryOptions, 'logFormat' | 'trustedProxies'>> & {
    readonly sampler: SamplerOptions
    readonly rollbar?: RollbarOptions | undefined
    readonly privacy: PrivacyOptions
  }

/**
 * What is recorded of the person behind a request, in every provider alike. Query values follow
 * `allowedQueryParameters`. Never recorded: bodies, cookies, and what other systems wrote into `tracestate`, which is only
 * passed on to called services.
 */
export interface PrivacyOptions {
  /**
   * The client's IP address: `client.address`, `client_ip` in X-Ray, `user_ip` in Rollbar. `truncated`: without the last
   * byte of IPv4, or all but the first 48 bits of IPv6, which leaves region and provider. `none`: not at all. Loopback
   * addresses are kept. Default: `truncated`.
   */
  readonly clientAddress: 'full' | 'truncated' | 'none'
  /** Whether the browser or program that sent the request is recorded, by its User-Agent header. Default: true. */
  readonly userAgent: boolean
  /**
   * The page that led to a request that failed, in Rollbar. `origin`: its scheme and host. `path`: also its path, without
   * the query. `none`: not at all. Default: `origin`.
   */
  readonly referrer: 'path' | 'origin' | 'none'
}

/** The samplers of OpenTelemetry's specification, and `xray`: X-Ray's own rules. */
export type SamplerName =
  | 'xray'
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio'

export interface SamplerOptions {
  /** Variable: OTEL_TRACES_SAMPLER. Example: `parentbased_always_on`. */
  readonly name: SamplerName
  /** The share of traces that the ratio samplers keep, 0 to 1. Variable: OTEL_TRACES_SAMPLER_ARG. Default: 1. */
  readonly ratio?: number | undefined
  /**
   * With `xray`: the TCP address of the X-Ray daemon, which the rules are requested from.
   * Variable: AWS_XRAY_DAEMON_ADDRESS. Default: `http://127.0.0.1:2000`.
   */
  readonly rulesEndpoint: string
  /** With `xray`: seconds between two requests for the rules, 10 to 3,600. Default: 300. */
  readonly rulesPollingSeconds: number
}

export interface HoneycombOptions {
  /** The base of `/v1/traces`. Variable: OTEL_EXPORTER_OTLP_ENDPOINT. Example: `https://api.honeycomb.io`. */
  readonly endpoint: string
  /** Headers of every request. Variable: OTEL_EXPORTER_OTLP_HEADERS. Example: `{ 'x-honeycomb-team': key }`. */
  readonly headers: Readonly<Record<string, string>>
}

/** Which way spans take to X-Ray. Variable of `pipeline`: XRAY_PIPELINE. */
export type XRayOptions = XRaySdkOptions | XRayOtlpOptions | XRayCollectorOptions

/** Each span becomes a segment or subsegment of aws-xray-sdk, sent to the X-Ray daemon by UDP. */
export interface XRaySdkOptions {
  readonly pipeline: 'sdk'
  /** The address of the daemon, or its text. Variable: AWS_XRAY_DAEMON_ADDRESS. Example: `127.0.0.1:2000`. */
  readonly daemon: DaemonAddress | string
  /**
   * A pattern with the wildcards `*` and `?`: a request whose Host header matches names its segment after the host.
   * Variable: AWS_XRAY_URL. Default: every segment has the service's name. Example: `*.gitpod.io`.
   */
  readonly dynamicNaming?: string | undefined
  /**
   * The servers that this service calls and that send segments to X-Ray themselves: `host`, or `host:port`. Their calls
   * have `http.request.traced`, with which X-Ray takes a trace to be incomplete until the callee's segment arrives. Name no
   * server here that sends none, such as another company's API. Default: none. Example: `['orders.internal:8080']`.
   * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-http
   */
  readonly tracedHosts?: readonly string[] | undefined
}

/** The spans themselves, SigV4-signed, go to X-Ray's OTLP endpoint. Only the sampling rules need a daemon. */
export interface XRayOtlpOptions {
  readonly pipeline: 'otlp'
  /** The whole address of the endpoint. Example: `https://xray.eu-west-1.amazonaws.com/v1/traces`. */
  readonly endpoint: string
  /** The region that the signature names. Variable: AWS_REGION. Example: `eu-west-1`. */
  readonly region: string
  /** Default: found the way every AWS SDK finds them (environment, profile, SSO, container role). */
  readonly credentials?: AwsCredentials | undefined
}

/** Spans go only to `honeycomb.endpoint`, where an OpenTelemetry Collector makes X-Ray segments of them. */
export interface XRayCollectorOptions {
  readonly pipeline: 'collector'
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface RollbarOptions {
  /** The project's `post_server_item` token. Variable: ROLLBAR_ACCESS_TOKEN. */
  readonly accessToken: string
  /** The base of `/api/1/item/`. Variable: ROLLBAR_API_ENDPOINT. Default: `https://api.rollbar.com`. */
  readonly apiEndpoint: string
  /** Variable: ROLLBAR_ENVIRONMENT. Default: `production`. */
  readonly environment: string
  /** How many errors this process sends in a minute; more are dropped, and counted. Default: 60. */
  readonly itemsPerMinute: number
  /**
   * The folder of the application: Rollbar collapses the calls of a stack that are outside it, and links the others to the
   * repository. The code around a call is sent only of source files below this folder, and of packages (`node_modules`).
   * Default: the working directory. Example: `/srv/orders`.
   */
  readonly root?: string
  /**
   * Returns the id of the person who sent a request that failed; undefined for none. It is all that an item has of the
   * person: `person.id`, at most 40 characters, without name and e-mail address. Default: no person.
   * Example: `(request) => sessions.get(request.headers.authorization)?.userId`.
   */
  readonly personOf?: (request: IncomingMessage) => string | undefined
}

/** Pages that show a trace, by provider. */
export type TraceLinks = Readonly<Record<string, string>>
