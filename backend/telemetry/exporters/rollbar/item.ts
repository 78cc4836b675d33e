import { createRequire } from 'node:module'
import type RollbarClient from 'rollbar'
import { cut } from '../../errors/plain-value.ts'
import type { ReportedError } from '../../errors/reported-error.ts'
import { type Frame, framesOf } from './frames.ts'
import type { ReportedRequest } from './request.ts'

/** The payload's `data`, as far as it is changed here. Source: https://docs.rollbar.com/reference/create-item */
interface ItemData {
  readonly server: Record<string, unknown>
  readonly notifier: Record<string, unknown>
  readonly body: { readonly trace_chain?: { frames: Frame[] }[] }
}

export interface ItemOptions {
  readonly environment: string
  readonly codeVersion: string
  /** The folder of the application: Rollbar collapses frames outside it, and only those below it and in packages have code. */
  readonly root: string
}

export interface NewItem {
  /** The occurrence's id. */
  readonly uuid: string
  readonly error: ReportedError
  readonly request: ReportedRequest | undefined
  /** The id of the person behind the request. */
  readonly person: string | undefined
  readonly custom: object
}

/** Makes the `data` of an item. Rejects if the SDK fails. */
export type BuildItem = (item: NewItem) => Promise<object>

/** Characters. Source: https://docs.rollbar.com/reference/create-item */
const MAX_PERSON_ID = 40

/**
 * Names of headers and fields that Rollbar's default list lacks; case does not matter. Passed as `scrubFields`, which adds
 * to the defaults; `scrubHeaders` would replace them, and lose `authorization` and `cookie`.
 */
const SCRUBBED = [
  'apiKey',
  'x-api-key',
  'x-honeycomb-team',
  'x-amz-security-token',
  'proxy-authorization',
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
]

export function loadRollbar(): typeof RollbarClient {
  return createRequire(import.meta.url)('rollbar')
}

/**
 * Returns a function that makes items with Rollbar's SDK. The SDK does not send them: it ignores the HTTP status, has no
 * timeout, opens a connection for each item, and throws an uncaught error when the answer is `null`. It shows each payload
 * to `checkIgnore` before it would send it; there the payload is taken, and ignored.
 */
export function createItemBuilder(
  { environment, codeVersion, root }: ItemOptions,
  Rollbar: typeof RollbarClient,
): BuildItem {
  const payloads: ItemData[] = []
  const client = new Rollbar({
    environment,
    codeVersion,
    // process-lifecycle.ts handles uncaught errors; Rollbar's handler would let the process continue.
    captureUncaught: false,
    captureUnhandledRejections: false,
    // OpenTelemetry's spans replace Rollbar's breadcrumbs.
    autoInstrument: false,
    scrubFields: SCRUBBED,
    transmit: false,
    checkIgnore: (_isUncaught, _args, data) => {
      payloads.push(data as unknown as ItemData)
      return true
    },
  })

  return async ({ uuid, error, request, person, custom }) => {
    let failure: unknown
    client.error(chainOf(error), request, custom, (reason) => {
      failure = reason
    })
    // Without a stack to parse the SDK is done when it returns.
    const payload = payloads.pop()
    if (!payload) throw failure ?? new Error('it made no payload')
    const data = await complete(payload, error, root)
    return { ...data, ...(person && { person: { id: cut(person, MAX_PERSON_ID) } }), uuid }
  }
}

/** An error and its causes, as the SDK reads them, but without stacks: it cannot parse all of them. */
function chainOf(error: ReportedError): Error {
  let chain: Error | undefined
  for (const { type, message } of [error, ...error.causes].reverse()) {
    chain = Object.assign(new Error(message, { cause: chain }), { name: type, stack: '' })
  }
  return chain as Error
}

async function complete(data: ItemData, error: ReportedError, root: string): Promise<ItemData> {
  const frames = await framesOf([error, ...error.causes], root)
  const traces = data.body.trace_chain ?? []
  if (traces.length !== frames.length) throw new Error('its payload has another form')
  for (const [index, trace] of traces.entries()) trace.frames = frames[index] ?? []
  data.server.root = root
  // They repeat the error and the options above.
  delete data.notifier.diagnostic
  delete data.notifier.configured_options
  return data
}
