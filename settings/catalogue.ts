import { isIPv4 } from 'node:net'
import { z } from 'zod'
import { parseDaemonAddress } from '../contracts/daemon-address.ts'
import { parseOriginPattern } from '../contracts/origin-pattern.ts'
import { FAULTS, inOrder } from '../contracts/planted-faults.ts'

/** One environment variable: everything that the workspace knows about it. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  /** What it is for, without a final full stop. */
  readonly meaning: string
  /** Parses the text of the variable, or the default; its input is undefined when there is neither. */
  readonly schema: Schema
  /** Never printed as a whole, logged or sent to another provider; kept only in `.env` and in the platform's store. */
  readonly secret: boolean
  /** The text that is used when neither the environment nor `.env` has a value. */
  readonly default?: string
  /** The name of the setting whose value is used where this one has none: another program's name for the same. */
  readonly alias?: string
  /** Where a person finds the value. */
  readonly where?: string
  /** Valid only on this machine or for this run, so the secret store of Gitpod or Ona must not get it. */
  readonly perMachine?: boolean
}

const text = z.string().optional()

const url = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) address' })
  .transform((value) => value.replace(/\/+$/, ''))
  .optional()

/** A secret setting, because the address has a password: errors must not quote it. */
const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, hostname: /./, error: 'is not a postgresql:// address' })
  .optional()

const port = z
  .string()
  .regex(/^\d+$/, 'is not a port number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'is not a port between 1 and 65535')

const host = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]+$/, 'is not a host name or address')
  .refine((value) => !/^[\d.]+$/.test(value) || isIPv4(value), 'is not an IPv4 address')

/** The characters that X-Ray allows in a segment's name. At most 60, so that `<name>*` fits into a sampling rule (64). */
const service = z
  .string()
  .regex(
    /^[A-Za-z0-9_.:/%&#=+\-@][A-Za-z0-9 _.:/%&#=+\-@]{0,59}$/,
    'is not a name that X-Ray accepts: letters, digits, spaces and _ . : / % & # = + - @, at most 60',
  )
  .optional()

/** Its values are explained by {@link switchMeaning}. */
const providerSwitch = z
  .string()
  .toLowerCase()
  .transform(
    (value) =>
      ({ '1': 'true', yes: 'true', on: 'true', '0': 'false', no: 'false', off: 'false' })[value] ?? value,
  )
  .pipe(z.enum(['true', 'false', 'local', 'live'], { error: 'is none of true, false, local, live' }))

const daemonAddress = z.string().transform((value, context) => {
  const address = parseDaemonAddress(value)
  if (address) return address
  context.addIssue('is neither host:port nor "udp:host:port tcp:host:port"')
  return z.NEVER
})

const origins = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .transform((entries) => entries.filter(Boolean))
  .pipe(
    z.array(
      z.string().refine((entry) => entry === '*' || parseOriginPattern(entry), {
        error: 'has an entry that is neither an origin such as http://localhost:3000 nor *',
      }),
    ),
  )
  .optional()

/** Names as of Host headers, without a port. `*.example.org` stands for all names below it, `*` for any. */
const hostNames = z
  .string()
  .transform((value) => value.toLowerCase().split(','))
  .transform((entries) => entries.map((entry) => entry.trim()).filter(Boolean))
  .pipe(
    z.array(
      z
        .string()
        .regex(
          /^(\*|(\*\.)?[a-z0-9._-]+|[0-9a-f:.]+)$/,
          'has an entry that is no host name: leave out http:// and the port',
        ),
    ),
  )
  .optional()

const SAMPLERS = [
  'xray',
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

const sampler = z.enum(SAMPLERS, { error: `is none of ${SAMPLERS.join(', ')}` })

const plantedFaults = z
  .string()
  .default('')
  .transform((value) => value.split(',').map((letter) => letter.trim()))
  .transform((letters) => letters.filter(Boolean))
  .pipe(z.array(z.enum(FAULTS, { error: 'has another letter than a to h' })))
  .transform(inOrder)

/** It is printed, and passed on in an environment. */
const seed = z
  .string()
  .trim()
  .max(100, 'is longer than 100 characters')
  .regex(/^[^\p{C}]*$/u, 'has a control character')
  .default('')

const ratio = z.coerce.number('is not a number').min(0, 'is below 0').max(1, 'is above 1').optional()

function switchMeaning(provider: string): string {
  return `\`true\`: ${provider} is live when it has credentials, else emulated by the sandbox; \`false\`: off; \`local\`: emulated even with credentials; \`live\`: never emulated`
}

function setting<Schema extends z.ZodType>(
  meaning: string,
  schema: Schema,
  rest: Partial<Omit<Setting, 'meaning' | 'schema'>> = {},
): Setting<Schema> {
  return { meaning, schema, secret: false, ...rest }
}

const secret = true
const perMachine = true
const ROLLBAR_TOKENS = 'rollbar.com: your project, Settings, Project Access Tokens'

const honeycomb = {
  HONEYCOMB_API_KEY: setting('The key that may send events', text, {
    secret,
    where: 'ui.honeycomb.io: Environment settings, API Keys, Create Ingest API Key',
  }),
  HONEYCOMB_API_ENDPOINT: setting(
    'The address of Honeycomb’s API; for the EU region `https://api.eu1.honeycomb.io`',
    url,
    { default: 'https://api.honeycomb.io' },
  ),
  HONEYCOMB_SERVICE_NAME: setting(
    'The service’s name, as in the bootcamp; OTEL_SERVICE_NAME wins over it',
    service,
  ),
  OTEL_SERVICE_NAME: setting(
    'The service’s name in every provider: dataset, segment, sampling rule and group filter; when unset, HONEYCOMB_SERVICE_NAME is used, else `cruddur-backend`',
    service,
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    'Where OpenTelemetry sends to, if not HONEYCOMB_API_ENDPOINT (for example a collector). One address for spans, log records and metrics: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and the like, and their headers, are not read',
    url,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    'Headers for OTEL_EXPORTER_OTLP_ENDPOINT, as `name=value,…`; HONEYCOMB_API_KEY wins over an `x-honeycomb-team` among them, and `x-honeycomb-team=` without a value counts as unset',
    text,
    { secret },
  ),
  HONEYCOMB_ENABLED: setting(switchMeaning('Honeycomb'), providerSwitch, { default: 'true' }),
} as const satisfies Record<string, Setting>

const xray = {
  AWS_REGION: setting(
    'The region of your traces',
    z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a region such as us-east-1'),
    { default: 'us-east-1', alias: 'AWS_DEFAULT_REGION' },
  ),
  AWS_DEFAULT_REGION: setting(
    'The AWS CLI’s name for the region, which counts where AWS_REGION is unset',
    text,
  ),
  AWS_ACCESS_KEY_ID: setting(
    'The id of an AWS access key; together with AWS_SECRET_ACCESS_KEY it makes X-Ray live',
    text,
    { secret, where: 'AWS console: IAM, Users, your user, Security credentials, Create access key' },
  ),
  AWS_SECRET_ACCESS_KEY: setting('The secret that belongs to AWS_ACCESS_KEY_ID', text, {
    secret,
    where: 'shown once, when the access key is created',
  }),
  AWS_SESSION_TOKEN: setting('The session token of temporary AWS credentials', text, { secret, perMachine }),
  AWS_PROFILE: setting('A profile of your AWS configuration, instead of keys: X-Ray is live', text, {
    perMachine,
  }),
  AWS_XRAY_URL: setting(
    'X-Ray’s dynamic naming, as in the bootcamp: a pattern of Host headers (`*` and `?` are wildcards); the segment of a request that matches it has the host’s name, not the service’s',
    text,
    { perMachine },
  ),
  AWS_XRAY_DAEMON_ADDRESS: setting(
    'Where the X-Ray daemon, or the sandbox in its place, listens (UDP and TCP)',
    daemonAddress,
    { default: '127.0.0.1:2000' },
  ),
  XRAY_PIPELINE: setting(
    'How spans reach X-Ray. `sdk`: as segments of the X-Ray SDK, through the daemon. `otlp`: as signed spans to X-Ray’s OTLP endpoint, which needs Transaction Search; sampling rules still come through the daemon. `collector`: spans go to OTEL_EXPORTER_OTLP_ENDPOINT once, for Honeycomb and X-Ray. An OpenTelemetry Collector there makes the segments, and decides which traces are kept',
    z.enum(['sdk', 'otlp', 'collector'], { error: 'is none of sdk, otlp and collector' }),
    { default: 'sdk' },
  ),
  XRAY_OTLP_ENDPOINT: setting(
    'With XRAY_PIPELINE=otlp: where spans are sent to, if not the sandbox or X-Ray’s own endpoint in AWS_REGION',
    url,
  ),
  XRAY_RESOURCE_SUFFIX: setting(
    'The end of the names of the group and the sampling rules, so that several people can share an account: `ada` makes `Cruddur-ada`',
    z
      .string()
      .regex(/^[A-Za-z0-9-]{1,16}$/, 'is not 1 to 16 letters, digits and dashes')
      .optional(),
  ),
  XRAY_DAEMON_BASE_URL: setting(
    'Where `npm run daemon` downloads from, if not AWS’s bucket in your region',
    url,
  ),
  XRAY_ENABLED: setting(switchMeaning('X-Ray'), providerSwitch, { default: 'true' }),
} as const satisfies Record<string, Setting>

const rollbar = {
  ROLLBAR_ACCESS_TOKEN: setting('The project’s `post_server_item` token', text, {
    secret,
    where: ROLLBAR_TOKENS,
  }),
  ROLLBAR_READ_TOKEN: setting(
    'The project’s `read` token, with which `npm run verify` reads errors back',
    text,
    { secret, where: ROLLBAR_TOKENS },
  ),
  ROLLBAR_ENVIRONMENT: setting('The environment that errors are filed under', z.string(), {
    default: 'production',
  }),
  ROLLBAR_API_ENDPOINT: setting('Rollbar’s API, if not the public one', url, {
    default: 'https://api.rollbar.com',
  }),
  ROLLBAR_ENABLED: setting(switchMeaning('Rollbar'), providerSwitch, { default: 'true' }),
} as const satisfies Record<string, Setting>

const sampling = {
  OTEL_TRACES_SAMPLER: setting(
    'The sampler, which decides which traces are kept: `xray` (X-Ray’s rules, the default while X-Ray is on) or one of OpenTelemetry’s (`parentbased_always_on`, the default while X-Ray is off, or behind a collector)',
    sampler.optional(),
  ),
  OTEL_TRACES_SAMPLER_ARG: setting('The share that the `traceidratio` samplers keep, 0 to 1', ratio),
} as const satisfies Record<string, Setting>

const privacy = {
  CLIENT_ADDRESS: setting(
    'What is recorded of a client’s IP address, in every provider: `truncated` (without the last byte of IPv4, or all but the first 48 bits of IPv6), `full` or `none`',
    z.enum(['truncated', 'full', 'none'], { error: 'is none of truncated, full and none' }),
    { default: 'truncated' },
  ),
  TRUSTED_PROXIES: setting(
    'How many proxies a request to the api passes; `X-Forwarded-For`, `-Host` and `-Proto` are read as far as these have written them. With 0 they are ignored, because a client may write anything into them. Default: 1 with `AWS_XRAY_URL`, whose host is the workspace’s proxy; else 0',
    z
      .string()
      .regex(/^\d{1,2}$/, 'is not a number from 0 to 99')
      .transform(Number)
      .optional(),
    { perMachine },
  ),
} as const satisfies Record<string, Setting>

const workspace = {
  PLANTED_FAULTS: setting(
    'The planted faults that are in the backend, by letter, as `a,b` (`npm run workshop -- plant` and `unplant` set it)',
    plantedFaults,
    { perMachine },
  ),
  PLANTED_SEED: setting(
    'What decides where the planted faults are, for whom and when (`npm run workshop -- plant` and `unplant` set it); without it they are the same everywhere, and in action all the time',
    seed,
    { perMachine },
  ),
  WORKSHOP_SEED: setting(
    'What `npm run workshop -- plant` draws the faults from, so that a class gets the same ones; without it they are drawn at random',
    seed,
  ),
  PORT: setting('The api’s port', port, { default: '4567' }),
  PROFILES_PORT: setting('The profiles service’s port', port, { default: '4568' }),
  PROFILES_URL: setting('Where the api finds the profiles service, if not on this machine', url, {
    perMachine,
  }),
  BACKEND_HOST: setting('The address that api and profiles listen on', host, {
    default: '127.0.0.1',
    perMachine,
  }),
  BACKEND_ALLOWED_HOSTS: setting(
    'Further host names by which api and profiles may be called, separated by commas: `profiles`, `api.example.org`, `*.example.org`; `*` allows all. This machine’s names, addresses of IP and the forwarded ports of cloud workspaces need no entry',
    hostNames,
    { perMachine },
  ),
  DATABASE_URL: setting(
    'The Postgres server to use, as `postgresql://user:password@host:5432/database`; without it one is embedded, with its data in the state folder',
    postgresUrl,
    { secret, where: 'the operator of the server' },
  ),
  DATABASE_PORT: setting('The embedded Postgres’s port', port, { default: '5433' }),
  SANDBOX_PORT: setting('The sandbox’s port: the local providers and the viewer', port, { default: '4318' }),
  SANDBOX_GRPC_PORT: setting('The port where the sandbox receives OTLP over gRPC', port, {
    default: '4317',
  }),
  SANDBOX_HOST: setting('The address that the sandbox listens on', host, {
    default: '127.0.0.1',
    perMachine,
  }),
  SANDBOX_PAGE_URL: setting(
    'Where a browser finds the viewer, for the links in errors, if not on this machine; in Codespaces and Gitpod Classic it is found by itself',
    url,
    { perMachine },
  ),
  SANDBOX_ALLOWED_HOSTS: setting(
    'Further host names by which the sandbox may be called, separated by commas; `*.example.org` and `*` as above',
    hostNames,
    { perMachine },
  ),
  SANDBOX_ALLOWED_ORIGINS: setting(
    'Further origins whose pages may send telemetry to the sandbox, separated by commas: `https://shop.example`, `http://192.168.1.7:*`, `https://*.example.org`; `*` allows all. Pages of this machine, on any port, need no entry',
    origins,
    { perMachine },
  ),
  WORKSPACE_CONTAINER: setting(
    'Which container the process runs in; the images and docker-compose.yml set it, so that commands beside them know: `image`, or project and service of Docker Compose, `tracing/api`',
    z
      .string()
      .regex(/^(image|[a-z0-9_-]*\/[a-z0-9-]+)$/, 'is neither "image" nor project/service')
      .optional(),
    { perMachine },
  ),
  WORKSPACE_STATE_DIR: setting('Where logs, data and running processes are kept', z.string(), {
    default: '.workspace',
    perMachine,
  }),
  WORKSPACE_ENV_FILE: setting('The file that settings are kept in', z.string(), {
    default: '.env',
    perMachine,
  }),
} as const satisfies Record<string, Setting>

/** The settings by topic, as `.env.example`, docs/settings.md and `npm run env` group them. */
export const TOPICS: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  Honeycomb: honeycomb,
  'AWS X-Ray': xray,
  Rollbar: rollbar,
  Sampling: sampling,
  Privacy: privacy,
  Workspace: workspace,
}

/**
 * Every setting of the workspace, once. The names are those of the bootcamp that the workspace comes from
 * (docs/bootcamp.md), and of the SDKs, where these have one.
 */
export const SETTINGS = { ...honeycomb, ...xray, ...rollbar, ...sampling, ...privacy, ...workspace }

export type SettingName = keyof typeof SETTINGS

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}
