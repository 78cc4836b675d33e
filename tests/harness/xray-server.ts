import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

type Fields = Record<string, unknown>

export interface Failure {
  readonly status: number
  /** As in x-amzn-errortype. */
  readonly type: string
  readonly message: string
  /** How many requests fail so; without it all of them do. */
  readonly times?: number
}

/** X-Ray's groups and sampling rules, and STS's one answer, in memory. Lists come in pages of one. */
export class XRayServer {
  readonly groups = new Map<string, Fields>()
  readonly rules = new Map<string, Fields>()
  destination = 'XRay'
  /** The paths of all requests so far, with what was sent. */
  readonly requests: { readonly path: string; readonly body: Fields }[] = []
  /** By path: what is answered instead. */
  readonly failures = new Map<string, Failure>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    this.rules.set('Default', { RuleName: 'Default', Priority: 10_000, FixedRate: 0.05, ServiceName: '*' })
    this.rules.set('SomebodyElses', {
      RuleName: 'SomebodyElses',
      Priority: 1,
      FixedRate: 1,
      ServiceName: '*',
    })
    this.groups.set('Default', { GroupName: 'Default' })
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** What was asked for beyond reading. */
  get changes(): string[] {
    return this.requests
      .map(({ path }) => path)
      .filter((path) => !/^\/(Groups|GetSamplingRules|GetTraceSegmentDestination|)$/.test(path))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    if (path === '/') return this.#identity(request, response)
    // Where an operation takes no input, AWS's client posts no body.
    const body = JSON.parse((await text(request)) || '{}') as Fields
    this.requests.push({ path, body })
    const failure = this.#failure(path)
    if (failure) return fail(response, failure)
    try {
      const answer = JSON.stringify(this.#operations[path]?.(body) ?? {})
      response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': '1' }).end(answer)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      fail(response, { status: 400, type: 'InvalidRequestException', message })
    }
  }

  readonly #operations: Record<string, (body: Fields) => unknown> = {
    '/Groups': ({ NextToken }) => page('Groups', [...this.groups.values()], NextToken),
    '/GetSamplingRules': ({ NextToken }) => {
      const records = [...this.rules.values()].map((SamplingRule) => ({
        SamplingRule,
        CreatedAt: 1,
        ModifiedAt: 1,
      }))
      return page('SamplingRuleRecords', records, NextToken)
    },
    '/GetTraceSegmentDestination': () => ({ Destination: this.destination, Status: 'ACTIVE' }),
    '/UpdateTraceSegmentDestination': ({ Destination }) => {
      this.destination = String(Destination)
      return { Destination, Status: 'PENDING' }
    },
    '/CreateGroup': (group) => {
      add(this.groups, String(group.GroupName), group, 'Group already exists')
      return { Group: group }
    },
    '/UpdateGroup': (group) => ({
      Group: change(this.groups, String(group.GroupName), group, 'Group not found'),
    }),
    '/DeleteGroup': ({ GroupName }) => remove(this.groups, String(GroupName), 'Group not found'),
    '/CreateSamplingRule': ({ SamplingRule }) => {
      const rule = SamplingRule as Fields
      add(this.rules, String(rule.RuleName), { ...rule, RuleARN: 'arn', Attributes: {} }, 'Rule exists')
      return { SamplingRuleRecord: { SamplingRule: rule } }
    },
    '/UpdateSamplingRule': ({ SamplingRuleUpdate }) => {
      const update = SamplingRuleUpdate as Fields
      const rule = change(this.rules, String(update.RuleName), update, 'Sampling rule does not exist')
      return { SamplingRuleRecord: { SamplingRule: rule } }
    },
    '/DeleteSamplingRule': ({ RuleName }) =>
      remove(this.rules, String(RuleName), 'Sampling rule does not exist'),
  }

  #failure(path: string): Failure | undefined {
    const failure = this.failures.get(path)
    if (failure?.times === undefined) return failure
    if (failure.times > 1) this.failures.set(path, { ...failure, times: failure.times - 1 })
    else this.failures.delete(path)
    return failure
  }

  /** STS speaks the query protocol: XML. */
  #identity(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    this.requests.push({ path: '/', body: { authorization: request.headers.authorization } })
    const failure = this.#failure('/')
    const xml = failure
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${failure.type}</Code><Message>${failure.message}</Message></Error></ErrorResponse>`
      : '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/andrew</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
    response.writeHead(failure?.status ?? 200, { 'content-type': 'text/xml' }).end(xml)
  }
}

function fail(response: ServerResponse, { status, type, message }: Failure): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
    .end(JSON.stringify({ Message: message }))
}

function page(key: string, all: readonly unknown[], token: unknown) {
  const at = Number(token ?? 0)
  const next = at + 1 < all.length ? { NextToken: String(at + 1) } : {}
  return { [key]: all.slice(at, at + 1), ...next }
}

function add(map: Map<string, Fields>, name: string, value: Fields, complaint: string): void {
  if (map.has(name)) throw new Error(complaint)
  map.set(name, value)
}

function change(map: Map<string, Fields>, name: string, update: Fields, complaint: string): Fields {
  const value = map.get(name)
  if (!value) throw new Error(complaint)
  const changed = { ...value, ...update }
  map.set(name, changed)
  return changed
}

function remove(map: Map<string, Fields>, name: string, complaint: string): object {
  if (!map.delete(name)) throw new Error(complaint)
  return {}
}
