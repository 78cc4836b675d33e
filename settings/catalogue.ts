import { isIPv4 } from 'node:net'
import { z } from 'zod'
import { parseDaemonAddress } from '../contracts/daemon-address.ts'

export type Topic = 'Honeycomb' | 'AWS X-Ray' | 'Rollbar' | 'Sampling' | 'Workspace'

/** One environment variable: everything that the workspace knows about it. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly topic: Topic
  /** What it is for, in one sentence without a full stop. */
  readonly meaning: string
  /** Never printed, logged or sent to another provider; kept only in `.env` and in the platform's store. */
  readonly secret: boolean
  /** The text that counts when neither the environment nor `.env` has a value. */
  readonly default?: string
  /** Where a person finds the value. */
  readonly where?: string
  /** Belongs to one run or one machine, so no platform keeps it. */
  readonly local?: boolean
  /** Parses the text of the variable; undefined when there is neither a value nor a default. */
  readonly schema: Schema
}

const text = z.string().optional()

const url = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) address' })
  .transform((value) => value.replace(/\/+$/, ''))
  .optional()

/** An invalid one is never quoted, because it has a password. */
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

/** A name valid at every provider: X-Ray's characters, and short enough for a sampling rule with a final `*`. */
const service = z
  .string()
  .regex(
    /^[A-Za-z0-9_.:/%&#=+\-@][A-Za-z0-9 _.:/%&#=+\-@]{0,59}$/,
    'is not a name that X-Ray accepts: letters, digits, spaces and _ . : / % & # = + - @, at most 60',
  )
  .optional()

/** `true`: live with credentials, else local. `false`: off. `local` and `live`: independent of credentials. */
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

const sampler = z.enum(
  [
    'xray',
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ],
  { error: 'is none of the samplers that OpenTelemetry names (xray, parentbased_always_on, …)' },
)

const pipeline = z.enum(['sdk', 'otlp', 'collector'], { error: 'is none of sdk, otlp and collector' })

/** Single letters, so that the settings give no fault away. */
export const FAULTS = ['a', 'b', 'c'] as const

const plantedFaults = z
  .string()
  .default('')
  .transform((value) => value.split(',').map((letter) => letter.trim()))
  .transform((letters) => letters.filter(Boolean))
  .pipe(z.array(z.enum(FAULTS, { error: 'has another letter than a, b and c' })))

const ratio = z.coerce.number('is not a number').min(0, 'is below 0').max(1, 'is above 1').optional()

const SWITCH_MEANING = (provider: string) =>
  `\`true\`: ${provider} is live when it has credentials, else emulated by the sandbox; \`false\`: off; \`local\`: always the sandbox; \`live\`: never the sandbox`

function setting<Schema extends z.ZodType>(
  topic: Topic,
  meaning: string,
  schema: Schema,
  rest: Omit<Partial<Setting>, 'topic' | 'meaning' | 'schema'> = {},
): Setting<Schema> {
  return { topic, meaning, schema, secret: false, ...rest }
}

const secret = true
const local = true

/**
 * Every environment variable of the workspace, once. `.env.example`, docs/settings.md, `npm run env` and the
 * reading of settings all come from here; the names are the bootcamp's and the SDKs' own wherever they have one.
 */
export const SETTINGS = {
  HONEYCOMB_API_KEY: setting('Honeycomb', 'The key that may send events', text, {
    secret,
    where: 'ui.honeycomb.io: Environment settings, API Keys, Create Ingest API Key',
  }),
  HONEYCOMB_API_ENDPOINT: setting(
    'Honeycomb',
    'Honeycomb’s region; the EU’s is `https://api.eu1.honeycomb.io`',
    url,
    {
      default: 'https://api.honeycomb.io',
    },
  ),
  HONEYCOMB_SERVICE_NAME: setting(
    'Honeycomb',
    'The service’s name, as in the bootcamp; OTEL_SERVICE_NAME wins over it',
    service,
  ),
  OTEL_SERVICE_NAME: setting(
    'Honeycomb',
    'The service’s name in every provider: dataset, segment, sampling rule and group filter; without it and HONEYCOMB_SERVICE_NAME it is `cruddur-backend`',
    service,
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    'Honeycomb',
    'Where OpenTelemetry sends to, if not HONEYCOMB_API_ENDPOINT (for example a collector)',
    url,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    'Honeycomb',
    'Headers for it, as `name=value,…`; HONEYCOMB_API_KEY wins over `x-honeycomb-team` here, which counts as unset when it has no value',
    text,
    { secret },
  ),
  HONEYCOMB_ENABLED: setting('Honeycomb', SWITCH_MEANING('Honeycomb'), providerSwitch, { default: 'true' }),

  AWS_REGION: setting(
    'AWS X-Ray',
    'The region of your traces',
    z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a region such as us-east-1'),
    {
      default: 'us-east-1',
    },
  ),
  AWS_ACCESS_KEY_ID: setting('AWS X-Ray', 'With AWS_SECRET_ACCESS_KEY: X-Ray is live', text, {
    secret,
    where: 'AWS console: IAM, Users, your user, Security credentials, Create access key',
  }),
  AWS_SECRET_ACCESS_KEY: setting('AWS X-Ray', 'The secret that belongs to AWS_ACCESS_KEY_ID', text, {
    secret,
    where: 'shown once, when the access key is created',
  }),
  AWS_SESSION_TOKEN: setting('AWS X-Ray', 'With temporary credentials: their third part', text, {
    secret,
    local,
  }),
  AWS_PROFILE: setting(
    'AWS X-Ray',
    'A profile of your AWS configuration, instead of keys: X-Ray is live',
    text,
    { local },
  ),
  AWS_XRAY_URL: setting(
    'AWS X-Ray',
    'Dynamic naming, as in the bootcamp: a request whose Host header matches this pattern (`*` and `?` are wildcards) gives its segment the host’s name',
    text,
    { local },
  ),
  AWS_XRAY_DAEMON_ADDRESS: setting(
    'AWS X-Ray',
    'Where the X-Ray daemon, or the sandbox in its place, listens (UDP and TCP)',
    daemonAddress,
    {
      default: '127.0.0.1:2000',
    },
  ),
  XRAY_PIPELINE: setting(
    'AWS X-Ray',
    'How spans reach X-Ray: `sdk`, as segments of the X-Ray SDK through the daemon; `otlp`, as signed spans to X-Ray’s OTLP endpoint, which needs Transaction Search (sampling rules still come through the daemon); `collector`, together with Honeycomb’s to OTEL_EXPORTER_OTLP_ENDPOINT, where an OpenTelemetry Collector converts them to segments and decides which traces are kept',
    pipeline,
    { default: 'sdk' },
  ),
  XRAY_OTLP_ENDPOINT: setting(
    'AWS X-Ray',
    'With XRAY_PIPELINE=otlp: where spans are sent to, if not `https://xray.<region>.amazonaws.com/v1/traces`',
    url,
  ),
  XRAY_RESOURCE_SUFFIX: setting(
    'AWS X-Ray',
    'The end of the names of the group and the sampling rules, so that several people can share an account: `ada` makes `Cruddur-ada`',
    z
      .string()
      .regex(/^[A-Za-z0-9-]{1,16}$/, 'is not 1 to 16 letters, digits and dashes')
      .optional(),
  ),
  XRAY_DAEMON_BASE_URL: setting(
    'AWS X-Ray',
    'Where `npm run daemon` downloads from, if not AWS’s bucket in your region',
    url,
  ),
  XRAY_ENABLED: setting('AWS X-Ray', SWITCH_MEANING('X-Ray'), providerSwitch, { default: 'true' }),

  ROLLBAR_ACCESS_TOKEN: setting('Rollbar', 'The project’s `post_server_item` token', text, {
    secret,
    where: 'rollbar.com: your project, Settings, Project Access Tokens',
  }),
  ROLLBAR_READ_TOKEN: setting(
    'Rollbar',
    'The project’s `read` token, which proves that an error has arrived',
    text,
    {
      secret,
      where: 'the same page',
    },
  ),
  ROLLBAR_ENVIRONMENT: setting('Rollbar', 'The environment that errors are filed under', z.string(), {
    default: 'production',
  }),
  ROLLBAR_API_ENDPOINT: setting('Rollbar', 'Rollbar’s API, if not the public one', url, {
    default: 'https://api.rollbar.com',
  }),
  ROLLBAR_ENABLED: setting('Rollbar', SWITCH_MEANING('Rollbar'), providerSwitch, { default: 'true' }),

  OTEL_TRACES_SAMPLER: setting(
    'Sampling',
    'The sampler, which decides which traces are kept: `xray` (X-Ray’s rules, the default while X-Ray is on) or one of OpenTelemetry’s (`parentbased_always_on`, the default while X-Ray is off, or behind a collector)',
    sampler.optional(),
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    'Sampling',
    'The share that the `traceidratio` samplers keep, 0 to 1',
    ratio,
  ),

  PLANTED_FAULTS: setting(
    'Workspace',
    'The faults of the workshop’s chapter 9 that are active in the backend (`npm run workshop -- plant` and `unplant` set it)',
    plantedFaults,
    { local },
  ),
  PORT: setting('Workspace', 'The api’s port', port, { default: '4567' }),
  PROFILES_PORT: setting('Workspace', 'The profiles service’s port', port, { default: '4568' }),
  PROFILES_URL: setting(
    'Workspace',
    'Where the api finds the profiles service, if not on this machine',
    url,
    { local },
  ),
  BACKEND_HOST: setting('Workspace', 'The address that api and profiles listen on', host, {
    default: '127.0.0.1',
    local,
  }),
  DATABASE_URL: setting(
    'Workspace',
    'The Postgres server to use, as `postgresql://user:password@host:5432/database`; without it one is embedded, with its data in the state folder',
    postgresUrl,
    { secret, where: 'the operator of the server' },
  ),
  DATABASE_PORT: setting('Workspace', 'The embedded Postgres’s port', port, { default: '5433' }),
  SANDBOX_PORT: setting('Workspace', 'The sandbox’s port: the local providers and the viewer', port, {
    default: '4318',
  }),
  SANDBOX_HOST: setting('Workspace', 'The address that the sandbox listens on', host, {
    default: '127.0.0.1',
    local,
  }),
  SANDBOX_PAGE_URL: setting(
    'Workspace',
    'Where a browser finds the viewer, for the links in errors, if not on this machine; in Codespaces and Gitpod Classic it is known',
    url,
    { local },
  ),
  SANDBOX_ALLOWED_HOSTS: setting(
    'Workspace',
    'Further host names by which the sandbox may be called, separated by commas',
    text,
    { local },
  ),
  WORKSPACE_STATE_DIR: setting('Workspace', 'Where logs, data and running processes are kept', z.string(), {
    default: '.workspace',
    local,
  }),
  WORKSPACE_ENV_FILE: setting('Workspace', 'The file that settings are kept in', z.string(), {
    default: '.env',
    local,
  }),
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}
