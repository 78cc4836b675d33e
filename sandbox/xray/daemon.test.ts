import { createSocket } from 'node:dgram'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AWSXRayRemoteSampler } from '@opentelemetry/sampler-aws-xray'
import AWSXRay from 'aws-xray-sdk'
import { afterAll, describe, expect, test } from 'vitest'
import { DATAGRAM_HEADER } from '../../contracts/daemon-address.ts'
import { sandboxForTest, segmentDocument, XRAY_TRACE_ID } from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { readDatagram } from './datagram.ts'

const sandbox = await sandboxForTest()
const HEADER = '{"format": "json", "version": 1}'

describe('a datagram', () => {
  test.each([
    HEADER,
    DATAGRAM_HEADER.trimEnd(),
    '{"version":1,"format":"JSON"}',
    ' { "version" : 1 , "format" : "json" } ',
    '{"Format":"json","VERSION":1}',
  ])('with the header %s is accepted', (header) => {
    expect(readDatagram(`${header}\n{"a":\n1}`)).toEqual({ document: '{"a":\n1}' })
  })

  test.each([
    ['{}', /header line/],
    ['x\n{}', /not JSON/],
    ['{"format":"xml","version":1}\n{}', /format is not json/],
    ['{"format":"json","version":2}\n{}', /version is not 1/],
    ['{"format":"json","version":1.0}\n{}', /version is not 1/],
    ['[]\n{}', /value/],
    [`${HEADER}\n \n`, /without a document/],
  ])('%j is dropped', (text, reason) => {
    expect(readDatagram(text)).toEqual({ drop: expect.stringMatching(reason) })
  })

  test('without any text is ignored', () => {
    expect(readDatagram('')).toBeUndefined()
  })
})

describe('the daemon', () => {
  const socket = createSocket('udp4')
  afterAll(async () => {
    socket.close()
    await sandbox[Symbol.asyncDispose]()
  })

  const send = (text: string | Buffer) => socket.send(text, sandbox.daemon.udp?.port, '127.0.0.1')
  const xray = async () => (await sandbox.counts()).xray
  const segmentOf = async (id: string) =>
    (
      await eventually(
        async () => (await sandbox.trace(id)).xray.segments,
        (found) => found.length === 1,
      )
    )[0]

  test('receives a segment of the X-Ray SDK', async () => {
    AWSXRay.setDaemonAddress(`127.0.0.1:${sandbox.daemon.udp?.port}`)
    const segment = new AWSXRay.Segment('cruddur-backend')
    segment.addAnnotation('service_name', 'Cruddur')
    segment.addNewSubsegment('pg').close()
    segment.close()
    expect(await segmentOf(segment.trace_id)).toMatchObject({
      id: segment.id,
      name: 'cruddur-backend',
      annotations: { service_name: 'Cruddur' },
      subsegments: [{ name: 'pg' }],
    })
  })

  test('counts malformed datagrams with a reason, and receives the next', async () => {
    const before = (await xray()).dropped
    send('nonsense')
    send(Buffer.from([0xff, 0xfe, 0x0a, 0x00]))
    send(`${HEADER}\n{"id": 7}`)
    await eventually(xray, ({ dropped }) => dropped === before + 3)
    expect((await xray()).lastDrop).toMatch(/MissingId/)
    send(`${HEADER}\n${segmentDocument()}`)
    await segmentOf(XRAY_TRACE_ID)
  })

  test('answers OpenTelemetry’s sampler with its rules', async () => {
    const sampler = new AWSXRayRemoteSampler({
      resource: resourceFromAttributes({ 'service.name': 'x' }),
      endpoint: `http://127.0.0.1:${sandbox.daemon.tcp?.port}`,
      pollingInterval: 10,
    })
    try {
      // Without rules every decision is the fallback's; what the rule cache holds shows that they came.
      const cache = Reflect.get(Reflect.get(sampler, 'internalXraySampler'), 'ruleCache')
      const rules = await eventually(
        async () => cache.ruleAppliers as { samplingRule: { RuleName: string } }[],
        (found) => found.length > 0,
      )
      expect(rules.map(({ samplingRule }) => samplingRule.RuleName)).toEqual(['Default'])
    } finally {
      sampler.stopPollers()
    }
  })

  test('reads all sent datagrams before it closes', async () => {
    await using other = await sandboxForTest()
    const { promise, resolve } = Promise.withResolvers<void>()
    // As many as a stock buffer holds, however late they are read.
    const count = 150
    let sent = 0
    for (let index = 0; index < count; index++) {
      const id = index.toString(16).padStart(16, '0')
      socket.send(`${HEADER}\n${segmentDocument({ id })}`, other.daemon.udp?.port, '127.0.0.1', () => {
        if (++sent === count) resolve()
      })
    }
    await promise
    await other.close()
    await using again = await sandboxForTest({ dataFile: other.dataFile, daemon: undefined })
    const trace = await again.trace(XRAY_TRACE_ID)
    expect(trace.xray.segments).toHaveLength(count)
  })
})
