import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** An HTTP server that stands in for a provider in one test. */
export class ProviderServer implements AsyncDisposable {
  /** Every request so far: its path and its key. */
  readonly requests: { readonly path: string; readonly key: string }[] = []
  readonly #server

  private constructor(listener: RequestListener) {
    this.#server = createServer((request, response) => {
      const { 'x-honeycomb-team': team, 'x-rollbar-access-token': token } = request.headers
      this.requests.push({ path: request.url ?? '', key: String(team ?? token ?? '') })
      listener(request, response)
    })
  }

  static async start(listener: RequestListener): Promise<ProviderServer> {
    const server = new ProviderServer(listener)
    await new Promise<void>((listening) => server.#server.listen(0, '127.0.0.1', listening))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }
}

/** Gives every request the same answer. */
export function always(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => answer(response, status, body, headers)
}

/** Passes each request on to another server, with its path, type and authorization. */
export function passOnTo(url: string): RequestListener {
  return async (request, response) => {
    const { authorization = '', 'content-type': type = '' } = request.headers
    const passedOn = await fetch(new URL(request.url ?? '', url), {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: new Uint8Array(await buffer(request)),
    })
    response.writeHead(passedOn.status, { 'content-type': passedOn.headers.get('content-type') ?? '' })
    response.end(Buffer.from(await passedOn.arrayBuffer()))
  }
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The body of `/1/auth`: https://api-docs.honeycomb.io/api/auth */
export function honeycombAuth(
  access: Record<string, boolean> = { events: true, createDatasets: true },
  more = {},
) {
  return {
    id: 'hcxik_1',
    type: 'configuration',
    api_key_access: access,
    environment: { name: 'Test', slug: 'test' },
    team: { name: 'Acme', slug: 'acme' },
    ...more,
  }
}

/**
 * Honeycomb that knows these keys, each with its answer to `/1/auth`. `/1/datasets/<slug>` exists for each slug in
 * `datasets`.
 */
export function honeycomb(
  keys: Readonly<Record<string, unknown>>,
  datasets: readonly string[] = [],
): RequestListener {
  return ({ url, headers }, response) => {
    const auth = keys[String(headers['x-honeycomb-team'])]
    const slug = url?.replace('/1/datasets/', '') ?? ''
    if (!auth) answer(response, 401, { error: 'unknown API key - check your credentials' })
    else if (url === '/1/auth') answer(response, 200, auth)
    else if (datasets.includes(slug)) answer(response, 200, { slug })
    else answer(response, 404, { error: 'Dataset not found' })
  }
}

/** Rollbar with these tokens and the scope of each. */
export function rollbar(scopes: Readonly<Record<string, string>>): RequestListener {
  return ({ headers }, response) => {
    const scope = scopes[String(headers['x-rollbar-access-token'])]
    const message = `insufficient privileges: read scope is required but the access token only has ${scope}.`
    if (!scope) answer(response, 401, { err: 1, message: 'invalid access token' })
    else if (scope === 'read')
      answer(response, 200, { err: 0, result: { items: [], page: 1, total_count: 0 } })
    else answer(response, 403, { err: 1, message })
  }
}

/** The settings with which all providers are live, in whose place is the sandbox at `url`, and AWS's STS at `stsUrl`. */
export function liveProviders(url: string, stsUrl: string): Readonly<Record<string, string>> {
  return {
    HONEYCOMB_API_KEY: 'canary-honeycomb-key',
    HONEYCOMB_API_ENDPOINT: url,
    AWS_ACCESS_KEY_ID: 'AKIACANARY',
    AWS_SECRET_ACCESS_KEY: 'canary-aws-secret',
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_STS: stsUrl,
    ROLLBAR_ACCESS_TOKEN: 'canary-rollbar-token',
    ROLLBAR_READ_TOKEN: 'canary-rollbar-read',
    ROLLBAR_API_ENDPOINT: url,
  }
}

/** AWS's STS: answers GetCallerIdentity in XML, or the error with this code. */
export function sts(error?: string): RequestListener {
  return (request, response) => {
    request.resume()
    const body = error
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>no</Message></Error></ErrorResponse>`
      : '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/andrew</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
    response.writeHead(error ? 403 : 200, { 'content-type': 'text/xml' }).end(body)
  }
}
