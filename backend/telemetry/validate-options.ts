import { parseDaemonAddress } from '../../contracts/daemon-address.ts'
import { cut } from './errors/plain-value.ts'
import type {
  AwsCredentials,
  CompleteOptions,
  HoneycombOptions,
  PrivacyOptions,
  RollbarOptions,
  SamplerName,
  SamplerOptions,
  TelemetryOptions,
  XRayCollectorOptions,
  XRayOtlpOptions,
  XRaySdkOptions,
} from './options.ts'

/**
 * Returns the options with their defaults. Throws an Error that lists every option that is wrong, unknown or missing, with
 * what is expected. Values that may be secret are not quoted.
 */
export function completeOptions(options: TelemetryOptions): CompleteOptions {
  const issues = checkOptions(options, 'options')
  if (issues.length > 0) throw new Error(issues.map((issue) => `startTelemetry: ${issue}`).join('\n'))
  const { honeycomb } = options
  const sampler: NonNullable<TelemetryOptions['sampler']> = defined(
    options.sampler ?? { name: 'parentbased_always_on' },
  )
  const rollbar = options.rollbar && defined(options.rollbar)
  return {
    ...options,
    honeycomb: honeycomb && { ...honeycomb, endpoint: withoutSlash(honeycomb.endpoint) },
    logFormat: options.logFormat ?? 'json',
    trustedProxies: options.trustedProxies ?? 0,
    sampler: {
      rulesPollingSeconds: 300,
      ...sampler,
      rulesEndpoint: withoutSlash(sampler.rulesEndpoint ?? 'http://127.0.0.1:2000'),
    },
    privacy: {
      clientAddress: 'truncated',
      userAgent: true,
      referrer: 'origin',
      ...defined(options.privacy ?? {}),
    },
    rollbar: rollbar && {
      environment: 'production',
      itemsPerMinute: 60,
      ...rollbar,
      apiEndpoint: withoutSlash(rollbar.apiEndpoint ?? 'https://api.rollbar.com'),
    },
  }
}

/** A base address: paths are added to it. */
function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

/** An option that is undefined counts as left out. */
function defined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

/** Returns the issues of a value, each beginning with its path. */
type Check = (value: unknown, path: string) => string[]

/** Checks a value by a function. `isSecret`: an issue does not quote the value. */
function check(expected: string, isRight: (value: unknown) => boolean, { isSecret = false } = {}): Check {
  return (value, path) =>
    isRight(value) ? [] : [`${path}: expected ${expected}, got ${isSecret ? kindOf(value) : quote(value)}`]
}

function required(inner: Check): Check {
  return Object.assign((value: unknown, path: string) => inner(value, path), { isRequired: true })
}

/** Checks each named option of an object; other names are issues. */
function object(options: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: expected an object, got ${kindOf(value)}`]
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(options, name))
    return [
      ...Object.entries(options).flatMap(([name, inner]) => {
        const isMissing = value[name] === undefined
        return isMissing && !('isRequired' in inner) ? [] : inner(value[name], `${path}.${name}`)
      }),
      ...unknown.map(
        (name) => `${path}.${name}: unknown option; the options are ${Object.keys(options).join(', ')}`,
      ),
    ]
  }
}

function list(inner: Check): Check {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => inner(item, `${path}[${index}]`))
      : [`${path}: expected an array, got ${kindOf(value)}`]
}

/** An object with any names. */
function map(inner: Check, nameCheck: Check = () => []): Check {
  return (value, path) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, item]) => [
          ...nameCheck(name, `a name in ${path}`),
          ...inner(item, `${path}[${JSON.stringify(name)}]`),
        ])
      : [`${path}: expected an object, got ${kindOf(value)}`]
}

function oneOf(...values: readonly string[]): Check {
  return check(`one of ${values.join(', ')}`, (value) => values.includes(value as string))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (value === '') return 'an empty string'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Characters. */
const MAX_QUOTE = 60

/** A text with an at sign may be a URL with a password. */
function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || value === '' || value.includes('@')) return kindOf(value)
  return JSON.stringify(cut(value, MAX_QUOTE))
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isNumber = (value: unknown, min: number, max: number) =>
  typeof value === 'number' && value >= min && value <= max

/** The longest time that Node's timers take, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1

const text = check('a text that is not empty', isText)
const secretText = check('a text that is not empty', isText, { isSecret: true })
const boolean = check('true or false', (value) => typeof value === 'boolean')
const aFunction = check('a function', (value) => typeof value === 'function')
const url = check('a URL that begins with http:// or https://', (value) => {
  return isText(value) && /^https?:\/\//i.test(value) && URL.canParse(value)
})
const path = check('a path that begins with /', (value) => isText(value) && value.startsWith('/'))
/** Source: https://www.rfc-editor.org/rfc/rfc9110#name-field-values */
const headerName = check('a name that HTTP allows', (value) => /^[\w!#$%&'*+.^`|~-]+$/.test(String(value)))
const headerValue = check(
  'a text without line breaks and other characters that HTTP does not allow',
  (value) => typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
  { isSecret: true },
)
const daemon = check(
  'a daemon’s address: host:port, "udp:host:port tcp:host:port", or the two parsed',
  (value) => (typeof value === 'string' ? parseDaemonAddress(value) !== undefined : isDaemonAddress(value)),
)

function isDaemonAddress(value: unknown): boolean {
  return isObject(value) && [value.udp, value.tcp].every(isHostPort)
}

function isHostPort(value: unknown): boolean {
  return (
    isObject(value) && isText(value.host) && Number.isInteger(value.port) && isNumber(value.port, 1, 65_535)
  )
}

/** The options of a type: a new option without a check is an error of the compiler. */
type ChecksOf<Options> = Readonly<Record<keyof Options, Check>>

const SAMPLER_NAMES: Readonly<Record<SamplerName, true>> = {
  xray: true,
  always_on: true,
  always_off: true,
  traceidratio: true,
  parentbased_always_on: true,
  parentbased_always_off: true,
  parentbased_traceidratio: true,
}

const SAMPLER: ChecksOf<SamplerOptions> = {
  name: required(oneOf(...Object.keys(SAMPLER_NAMES))),
  ratio: check('a number from 0 to 1', (value) => isNumber(value, 0, 1)),
  rulesEndpoint: url,
  rulesPollingSeconds: check('a number of seconds from 10 to 3600', (value) => isNumber(value, 10, 3_600)),
}

const HONEYCOMB: ChecksOf<HoneycombOptions> = {
  endpoint: required(url),
  headers: required(map(headerValue, headerName)),
}

const CREDENTIALS: ChecksOf<AwsCredentials> = {
  accessKeyId: required(secretText),
  secretAccessKey: required(secretText),
  sessionToken: secretText,
}

const pipeline = required(oneOf('sdk', 'otlp', 'collector'))
const XRAY_SDK: ChecksOf<XRaySdkOptions> = {
  pipeline,
  daemon: required(daemon),
  dynamicNaming: text,
  tracedHosts: list(text),
}
const XRAY_OTLP: ChecksOf<XRayOtlpOptions> = {
  pipeline,
  endpoint: required(url),
  region: required(text),
  credentials: object(CREDENTIALS),
}
const XRAY_COLLECTOR: ChecksOf<XRayCollectorOptions> = { pipeline }
const XRAY = new Map<unknown, Check>([
  ['sdk', object(XRAY_SDK)],
  ['otlp', object(XRAY_OTLP)],
  ['collector', object(XRAY_COLLECTOR)],
])
const xray: Check = (value, at) => {
  if (!isObject(value)) return object({})(value, at)
  return XRAY.get(value.pipeline)?.(value, at) ?? pipeline(value.pipeline, `${at}.pipeline`)
}

const ROLLBAR: ChecksOf<RollbarOptions> = {
  accessToken: required(secretText),
  apiEndpoint: url,
  environment: text,
  itemsPerMinute: check('a number of at least 1', (value) => isNumber(value, 1, Number.MAX_SAFE_INTEGER)),
  root: text,
  personOf: aFunction,
}

const PRIVACY: ChecksOf<PrivacyOptions> = {
  clientAddress: oneOf('full', 'truncated', 'none'),
  userAgent: boolean,
  referrer: oneOf('path', 'origin', 'none'),
}

const OPTIONS: ChecksOf<TelemetryOptions> = {
  serviceName: required(text),
  serviceVersion: required(text),
  resource: map(check('a text', (value) => typeof value === 'string')),
  sampler: object(SAMPLER),
  honeycomb: object(HONEYCOMB),
  xray,
  rollbar: object(ROLLBAR),
  linksTo: aFunction,
  untracedPaths: list(path),
  logFormat: oneOf('json', 'text'),
  metricsIntervalMs: check(`a number of milliseconds from 1 to ${MAX_TIMER_MS}`, (value) =>
    isNumber(value, 1, MAX_TIMER_MS),
  ),
  secrets: list(check('a text', (value) => typeof value === 'string', { isSecret: true })),
  allowedQueryParameters: list(text),
  privacy: object(PRIVACY),
  trustedProxies: check(
    'a whole number from 0 to 99',
    (value) => Number.isInteger(value) && isNumber(value, 0, 99),
  ),
}
const checkOptions = object(OPTIONS)
