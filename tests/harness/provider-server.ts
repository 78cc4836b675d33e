import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

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
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
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

/** Honeycomb with these keys; `/1/datasets/<slug>` exists for each slug in `datasets`. */
export function honeycomb(
  keys: Readonly<Record<string, unknown>>,
  datasets: readonly string[] = [],
): RequestListener {
  return (request, response) => {
    const auth = keys[String(request.headers['x-honeycomb-team'])]
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (!auth) return json(401, { error: 'unknown API key - check your credentials' })
    if (request.url === '/1/auth') return json(200, auth)
    const slug = request.url?.replace('/1/datasets/', '') ?? ''
    return datasets.includes(slug) ? json(200, { slug }) : json(404, { error: 'Dataset not found' })
  }
}

/** Rollbar with these tokens and the scope of each. */
export function rollbar(scopes: Readonly<Record<string, string>>): RequestListener {
  return (request, response) => {
    const scope = scopes[String(request.headers['x-rollbar-access-token'])]
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (!scope) return json(401, { err: 1, message: 'invalid access token' })
    if (scope === 'read') return json(200, { err: 0, result: { items: [], page: 1, total_count: 0 } })
    const message = `insufficient privileges: read scope is required but the access token only has ${scope}.`
    return json(403, { err: 1, message })
  }
}

/** STS: whose the credentials are, or an error by AWS's own name for it. It answers in XML. */
export function sts(error?: string): RequestListener {
  return (request, response) => {
    request.resume()
    const body = error
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>no</Message></Error></ErrorResponse>`
      : '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/andrew</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
    response.writeHead(error ? 403 : 200, { 'content-type': 'text/xml' }).end(body)
  }
}
