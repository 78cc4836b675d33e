import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { resolve } from 'node:path'
import { readMemory } from '../../scripts/machine/process-facts.ts'
import { ROOT } from '../overhead/checkout.ts'
import { encode, type TelemetrySource } from './telemetry.ts'

const CONNECTIONS = 4

/** A running sandbox. */
export interface Candidate {
  readonly url: string
  /** Sends spans over four connections, each request when one before it is answered. */
  send(telemetry: TelemetrySource, spans: number): Promise<void>
  /** The answer's body and how long it took in ms. Throws for any status but 200. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ text: string; ms: number }>
  /** Encoded requests, sent one after the other. */
  sendEncoded(bodies: readonly Uint8Array[]): Promise<void>
  /** Segment documents, at most 50. */
  sendSegments(documents: readonly string[]): Promise<void>
  /** CPU time of all threads so far in µs. */
  cpu(): Promise<number>
  /** Resident memory in MB. */
  memory(): number
  stop(): Promise<void>
}

export interface CandidateOptions {
  readonly checkout: string
  readonly dataFile: string
  readonly maxSpans: number
}

export async function startCandidate({ checkout, dataFile, maxSpans }: CandidateOptions): Promise<Candidate> {
  const child = spawn(process.execPath, [resolve(ROOT, 'bench', 'questions', 'sandbox-process.ts')], {
    env: {
      PATH: process.env.PATH,
      BENCH_CHECKOUT: checkout,
      BENCH_DATA_FILE: dataFile,
      BENCH_MAX_SPANS: String(maxSpans),
      ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const ended = exited.then(([code]) => {
    throw new Error(`the sandbox of ${checkout} ended with ${code}`)
  })
  ended.catch(() => {})
  const { port } = await Promise.race([nextMessage<{ port: number }>(child), ended])
  const agent = new Agent({ keepAlive: true })
  const post = (body: Uint8Array) =>
    exchange(agent, port, 'POST', '/v1/traces', body, {
      'content-type': 'application/x-protobuf',
      'x-honeycomb-team': 'bench',
    })
  return {
    url: `http://127.0.0.1:${port}`,
    async send(telemetry, spans) {
      let left = spans
      const sendNext = async (): Promise<void> => {
        while (left > 0) {
          const batch = telemetry.next(left)
          left -= batch.spans
          await post(encode(batch.request))
        }
      }
      await Promise.all(Array.from({ length: CONNECTIONS }, sendNext))
    },
    async sendEncoded(bodies) {
      for (const body of bodies) await post(body)
    },
    async sendSegments(documents) {
      const body = Buffer.from(JSON.stringify({ TraceSegmentDocuments: documents }))
      const type = { 'content-type': 'application/json' }
      await exchange(agent, port, 'POST', '/TraceSegments', body, type)
    },
    ask: (method, path, body) =>
      exchange(
        agent,
        port,
        method,
        path,
        body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
        {
          'content-type': 'application/json',
        },
      ),
    async cpu() {
      const answered = nextMessage<{ cpu: number }>(child)
      child.send('cpu')
      return (await Promise.race([answered, ended])).cpu
    },
    memory: () => (readMemory(child.pid ?? 0) ?? 0) / 1e6,
    async stop() {
      agent.destroy()
      child.kill('SIGTERM')
      await exited
    },
  }
}

function exchange(
  agent: Agent,
  port: number,
  method: string,
  path: string,
  body: Uint8Array | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<{ text: string; ms: number }> {
  const startedMs = performance.now()
  return new Promise((done, failed) => {
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { ...headers, ...(body && { 'content-length': body.length }) },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', failed)
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          if (response.statusCode === 200) done({ text, ms: performance.now() - startedMs })
          else failed(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`))
        })
      },
    )
    sent.once('error', failed)
    sent.end(body)
  })
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, 'message')
  return message
}
