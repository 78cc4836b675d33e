import type { z } from 'zod'
import { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { ErrorDetail, ErrorList, RequestMenus, RequestPage } from '../../contracts/sandbox/lists.ts'
import { ColumnList, QueryAnswer, QueryErrorBody, type QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import { TraceTwins, Wiring } from '../../contracts/sandbox/wiring.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import { getJson, type JsonAnswer, postJson } from '../machine/http-json.ts'

/** How long the sandbox may take (ms): its limit for a read is 10 s. */
const ANSWER_MS = 12_000

/** Parameters of a read as `sandbox/README.md` lists them. Undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * The sandbox's reads, with their answers parsed. `url` is its address without a slash at the end. Each throws a
 * UserError: SANDBOX_DOWN where it does not answer, SANDBOX_SLOW where it takes too long, READ_REJECTED with its own message for a 4xx, and READ_FAILED for
 * anything else.
 */
export class SandboxReads {
  readonly url: string
  readonly #signal: AbortSignal | undefined

  constructor(url: string, signal?: AbortSignal) {
    this.url = url
    this.#signal = signal
  }

  /** `GET /sandbox/requests`: a page of the list. */
  requests(parameters: Parameters): Promise<RequestPage> {
    return this.#get(RequestPage, '/sandbox/requests', parameters)
  }

  /** `GET /sandbox/requests/menus`: services, routes and how many requests match. */
  menus(parameters: Parameters): Promise<RequestMenus> {
    return this.#get(RequestMenus, '/sandbox/requests/menus', parameters)
  }

  /**
   * `GET /sandbox/traces/<id>/lenses`. The id may be in either notation. Throws a UserError as well: TRACE_ID_INVALID,
   * TRACE_UNKNOWN, TRACE_PRUNED.
   */
  async trace(text: string): Promise<TraceLenses> {
    const traceId = requireTraceId(text)
    const answer = await this.#answer(`/sandbox/traces/${traceId}/lenses`)
    const { data } = TraceLenses.safeParse(answer.body)
    if (answer.status !== 404 || !data) return this.#parsed(TraceLenses, answer)
    if (data.pruned) {
      throw new UserError({
        code: 'TRACE_PRUNED',
        what: `The sandbox had trace ${traceId}, and has deleted it: it keeps the newest records only.`,
        fix: 'Send the request again, or list what is stored: npm run traces -- find',
      })
    }
    throw new UserError({
      code: 'TRACE_UNKNOWN',
      what: `The sandbox has nothing of trace ${traceId}.`,
      fix: 'It may take some seconds to arrive. List what is stored: npm run traces -- find',
    })
  }

  /**
   * `POST /sandbox/query`. For a wrong clause it throws a UserError with the code QUERY_INVALID, whose cause are the
   * clauses with their messages (ClauseNote).
   */
  async ask(question: QueryInput, dataset = ALL_DATASETS): Promise<QueryAnswer> {
    return this.#post(QueryAnswer, `/sandbox/query${queryOf({ dataset })}`, question)
  }

  /** `GET /sandbox/columns`: what can be asked about. `column`: only that one, and `contains` for its values. */
  columns(parameters: Parameters = {}): Promise<ColumnList> {
    return this.#get(ColumnList, '/sandbox/columns', parameters)
  }

  /** `GET /sandbox/errors`: Rollbar's items. */
  errors(): Promise<ErrorList> {
    return this.#get(ErrorList, '/sandbox/errors')
  }

  /** `GET /sandbox/errors/<id>`: one item and its newest occurrences. */
  error(id: number): Promise<ErrorDetail> {
    return this.#get(ErrorDetail, `/sandbox/errors/${id}`)
  }

  /** `GET /sandbox/providers`: each provider's mode, and what went wrong with what was sent to it. */
  providers(): Promise<ProvidersRead> {
    return this.#get(ProvidersRead, '/sandbox/providers')
  }

  /** `GET /sandbox/traces/<id>/twins`: what looks like it is of the same request. Throws TRACE_ID_INVALID. */
  twins(text: string): Promise<TraceTwins> {
    return this.#get(TraceTwins, `/sandbox/traces/${requireTraceId(text)}/twins`)
  }

  /** `GET /sandbox/wiring`: requests that are stored as two, and services that reach one provider only. */
  wiring(): Promise<Wiring> {
    return this.#get(Wiring, '/sandbox/wiring')
  }

  async #get<Schema extends z.ZodType>(schema: Schema, path: string, parameters: Parameters = {}) {
    return this.#parsed(schema, await this.#answer(`${path}${queryOf(parameters)}`))
  }

  async #post<Schema extends z.ZodType>(schema: Schema, path: string, body: unknown) {
    const startedMs = performance.now()
    const answer = await postJson(`${this.url}${path}`, body, ANSWER_MS, this.#signal)
    return this.#parsed(schema, answer ?? this.#noAnswer(startedMs))
  }

  async #answer(path: string): Promise<JsonAnswer> {
    const startedMs = performance.now()
    return (await getJson(`${this.url}${path}`, ANSWER_MS, this.#signal)) ?? this.#noAnswer(startedMs)
  }

  #noAnswer(startedMs: number): never {
    this.#signal?.throwIfAborted()
    if (performance.now() - startedMs >= ANSWER_MS) {
      throw new UserError({
        code: 'SANDBOX_SLOW',
        what: `The sandbox at ${this.url} did not answer within ${ANSWER_MS / 1_000} s.`,
        fix: 'npm run doctor names the reason',
      })
    }
    throw new UserError({
      code: 'SANDBOX_DOWN',
      what: `The sandbox does not answer at ${this.url}.`,
      fix: 'npm run setup, or npm run sandbox for the sandbox alone',
    })
  }

  #parsed<Schema extends z.ZodType>(schema: Schema, { status, body }: JsonAnswer): z.output<Schema> {
    if (status !== 200) throw rejected(status, body)
    const { data, error } = schema.safeParse(body)
    if (data !== undefined) return data
    throw new UserError(
      {
        code: 'READ_FAILED',
        what: `The sandbox at ${this.url} answers in another form: it is of another version.`,
        fix: 'npm run setup, which starts it again',
      },
      { cause: error },
    )
  }
}

/** The answer of a read that did not work, as an error for a person. */
function rejected(status: number, body: unknown): UserError {
  const { data } = QueryErrorBody.partial({ issues: true }).safeParse(body)
  const message = data?.message ?? `the sandbox answered ${status}`
  if (data?.issues) {
    const clauses = data.issues.map(({ clause, message: text }) => (clause ? `${clause}: ${text}` : text))
    const what = clauses.length > 0 ? clauses.join('\n') : message
    const fix = 'docs/questions.md has every clause'
    return new UserError({ code: 'QUERY_INVALID', what, fix }, { cause: data.issues })
  }
  const isClient = status >= 400 && status < 500
  return new UserError({
    code: isClient ? 'READ_REJECTED' : 'READ_FAILED',
    what: `${message.replace(/\.$/, '')}.`,
    fix: isClient
      ? 'sandbox/README.md lists what each read takes'
      : 'Try again; npm run logs -- sandbox shows what happened',
  })
}

function requireTraceId(text: string): string {
  const traceId = parseTraceId(text)
  if (traceId) return traceId
  throw new UserError({
    code: 'TRACE_ID_INVALID',
    what: 'That is not a trace id: 32 hex digits, or X-Ray’s 1-8-24 form.',
    fix: 'List the stored ones: npm run traces -- find',
  })
}

function queryOf(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''
}
