import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Sink {
  /** Base URL of the OTLP receiver, Rollbar's API and the profiles service. */
  readonly url: string
  /** The value for AWS_XRAY_DAEMON_ADDRESS. */
  readonly daemon: string
  close(): Promise<void>
}

/**
 * Receives what all three SDKs send, answers as their providers do, and stores nothing. It is also the profiles service.
 * `rate` is the rate of X-Ray's only sampling rule, 0 to 1.
 */
export async function startSink(rate: number): Promise<Sink> {
  const SamplingRule = {
    RuleName: 'Default',
    Priority: 10_000,
    FixedRate: rate,
    ReservoirSize: 0,
    ServiceName: '*',
    ServiceType: '*',
    Host: '*',
    HTTPMethod: '*',
    URLPath: '*',
    ResourceARN: '*',
    Version: 1,
    Attributes: {},
  }
  const answers: Readonly<Record<string, object>> = {
    '/GetSamplingRules': { SamplingRuleRecords: [{ SamplingRule, CreatedAt: 0, ModifiedAt: 0 }] },
    '/SamplingTargets': { SamplingTargetDocuments: [], LastRuleModification: 0, UnprocessedStatistics: [] },
    '/api/1/item/': { err: 0, result: {} },
    '/api/profiles': { profiles: [{ handle: 'maya', display_name: 'Maya' }] },
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = answers[request.url?.split('?')[0] ?? '']
      // OTLP's answer is an empty protobuf message.
      response.setHeader('content-type', answer ? 'application/json' : 'application/x-protobuf')
      response.end(answer && JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const udp = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  udp.on('message', () => {})
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    daemon: `127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await new Promise<void>((resolve) => udp.close(resolve))
    },
  }
}
