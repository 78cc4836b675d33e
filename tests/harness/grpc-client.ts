import { Client, type ClientOptions, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'

const DEADLINE_MS = 20_000
const asIs = (bytes: Buffer) => bytes

/** gRPC's own client for Node, with a connection that it shares with no other. It is closed at the end of the test. */
export function grpcClient(port: number | undefined, options: ClientOptions = {}): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

/** Calls a method with encoded messages. Rejects with gRPC's status, as a ServiceError. */
export function grpcCall(
  client: Client,
  path: string,
  message: Uint8Array,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const answered = (error: ServiceError | null, answer?: Buffer) =>
    error ? reject(error) : resolve(answer ?? Buffer.alloc(0))
  const sent = new Metadata()
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value)
  const deadline = Date.now() + DEADLINE_MS
  client.makeUnaryRequest(path, asIs, asIs, Buffer.from(message), sent, { deadline }, answered)
  return promise
}
