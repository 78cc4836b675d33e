import { UserError } from '../../contracts/user-error.ts'
import { PASTED_KEYS, PASTED_SERVICE } from '../../settings/pasted.ts'
import { SANDBOX_KEY } from '../../settings/providers.ts'
import {
  type AppEnvironment,
  commonRemarks,
  items,
  NAME_REMARK,
  otlp,
  type Place,
  rollbar,
  xray,
} from './variables.ts'

export const STACKS = ['flask', 'node', 'go', 'java', 'browser', 'collector'] as const
export type Stack = (typeof STACKS)[number]

/** The page that explains each stack. */
export const PAGES: Readonly<Record<Stack, string>> = {
  flask: 'docs/your-app/flask.md',
  node: 'docs/your-app/express.md',
  go: 'docs/your-app/go.md',
  java: 'docs/your-app/java.md',
  browser: 'docs/your-app/browser.md',
  collector: 'collector/README.md',
}

/** Undefined without a name. Throws a UserError (USAGE) that lists the stacks. */
export function requireStack(name: string | undefined): Stack | undefined {
  if (name === undefined) return undefined
  const stack = STACKS.find((one) => one === name.trim().toLowerCase())
  if (stack) return stack
  throw new UserError({
    code: 'USAGE',
    what: `There is no stack "${name}".`,
    fix: `npm run sandbox -- --env <${STACKS.join(' | ')}>; without --env it prints what all have in common`,
  })
}

/** What an app needs so that everything it sends arrives in the sandbox. Without a stack: what all have in common. */
export function environmentFor(stack: Stack | undefined, place: Place): AppEnvironment {
  return stack ? ENVIRONMENTS[stack](place) : common(place)
}

const ENVIRONMENTS: Readonly<Record<Stack, (place: Place) => AppEnvironment>> = {
  flask: (place) => ({
    title: 'Flask with OpenTelemetry, aws-xray-sdk and pyrollbar',
    // pyrollbar joins `item/` to its endpoint (rollbar/__init__.py, _post_api: urljoin).
    variables: [
      {
        name: 'OTEL_SERVICE_NAME',
        value: PASTED_SERVICE,
        why: 'Your service, as in xray_recorder.configure(service=…): this is the bootcamp’s. Without it spans are of unknown_service.',
      },
      ...otlp(place),
      ...xray(place),
      ...rollbar(
        `${place.http}/api/1/`,
        'In the code: rollbar.init(…, endpoint=os.environ["ROLLBAR_ENDPOINT"]). pyrollbar adds item/ itself.',
      ),
    ],
    remarks: commonRemarks(place),
  }),
  node: (place) => ({
    title: 'Node with OpenTelemetry, aws-xray-sdk and rollbar',
    variables: [
      ...otlp(place),
      ...xray(place),
      ...rollbar(items(place), 'In the code: new Rollbar({ endpoint: process.env.ROLLBAR_ENDPOINT, … }).'),
    ],
    remarks: [NAME_REMARK, ...commonRemarks(place)],
  }),
  go: (place) => ({
    title: 'Go with OpenTelemetry, aws-xray-sdk-go and rollbar-go',
    variables: [
      ...otlp(place),
      ...xray(place),
      ...rollbar(items(place), 'In the code: rollbar.SetEndpoint(os.Getenv("ROLLBAR_ENDPOINT")).'),
    ],
    remarks: [
      'Go chooses the protocol in the code: otlptracehttp sends here, otlptracegrpc to the gRPC port; autoexport reads OTEL_EXPORTER_OTLP_PROTOCOL.',
      NAME_REMARK,
      ...commonRemarks(place),
    ],
  }),
  java: (place) => ({
    title: 'Java with OpenTelemetry, aws-xray-recorder-sdk and rollbar-java',
    variables: [
      ...otlp(place),
      ...xray(place),
      ...rollbar(
        items(place),
        'In the code: withAccessToken(…).endpoint(System.getenv("ROLLBAR_ENDPOINT")).',
      ),
    ],
    remarks: [NAME_REMARK, ...commonRemarks(place)],
  }),
  browser: ({ page }) => ({
    title: 'A page in a browser, with OpenTelemetry and rollbar.js',
    variables: [
      {
        name: 'VITE_OTLP_ENDPOINT',
        value: page,
        why: 'Vite writes what begins with VITE_ into the page, whose exporter sends spans here.',
      },
      {
        name: 'VITE_HONEYCOMB_KEY',
        value: SANDBOX_KEY,
        why: 'The exporter’s header x-honeycomb-team. The sandbox takes any key.',
      },
      {
        name: 'VITE_ROLLBAR_ENDPOINT',
        value: `${page}/api/1/item/`,
        why: 'Errors go here instead of to Rollbar: the endpoint in the page’s Rollbar configuration.',
      },
      { name: 'VITE_ROLLBAR_TOKEN', value: SANDBOX_KEY, why: 'rollbar.js sends nothing without a token.' },
    ],
    remarks: [
      'A page reads no environment. Other bundlers than Vite pass on other names (REACT_APP_…, NEXT_PUBLIC_…).',
      'The exporter’s url in code is the whole address: …/v1/traces. X-Ray gets nothing from a page, because its daemon is reached by UDP.',
    ],
  }),
  collector: (place) => ({
    title: 'An OpenTelemetry Collector, configured as collector/own-app.yaml',
    variables: [
      {
        name: 'HONEYCOMB_API_ENDPOINT',
        value: place.http,
        why: 'The endpoint of the exporter otlp_http/honeycomb: the sandbox instead of Honeycomb.',
      },
      {
        name: 'XRAY_ENDPOINT',
        value: place.http,
        why: 'The endpoint of the exporter awsxray: the sandbox instead of X-Ray.',
      },
      {
        name: 'HONEYCOMB_API_KEY',
        value: PASTED_KEYS.HONEYCOMB_API_KEY,
        why: 'Its header x-honeycomb-team. The sandbox takes any key; it is not a credential.',
      },
      {
        name: 'AWS_REGION',
        value: place.region,
        why: 'The exporter awsxray does not start without a region.',
      },
      {
        name: 'AWS_ACCESS_KEY_ID',
        value: PASTED_KEYS.AWS_ACCESS_KEY_ID,
        why: 'It signs what it sends. The sandbox checks no signature; it is not a credential.',
      },
      {
        name: 'AWS_SECRET_ACCESS_KEY',
        value: PASTED_KEYS.AWS_SECRET_ACCESS_KEY,
        why: 'The secret that belongs to it.',
      },
    ],
    remarks: [
      'The app sends to the collector: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4328 and OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or 4327 and grpc.',
      'In a container, 127.0.0.1 is the container: sandbox/README.md, In a container.',
    ],
  }),
}

function common(place: Place): AppEnvironment {
  return {
    title: 'An app of any language',
    variables: [
      ...otlp(place),
      ...xray(place),
      ...rollbar(
        items(place),
        'Rollbar’s SDKs read no variable: give it to their option endpoint (to pyrollbar without item/).',
      ),
    ],
    remarks: [`--env ${STACKS.join(' | ')} prints them for one stack.`, NAME_REMARK, ...commonRemarks(place)],
  }
}
