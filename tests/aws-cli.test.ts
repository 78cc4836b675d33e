import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from './harness/process.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest, segmentDocument, XRAY_TRACE_ID } from './harness/sandbox.ts'
import { bareEnvironment } from './harness/workspace.ts'

const awsCli = findProgram(['aws', '--version'])

describe.skipIf(!awsCli.isThere)(`the AWS CLI takes the sandbox for X-Ray (${awsCli.kind})`, () => {
  let sandbox: SandboxForTest
  beforeAll(async () => {
    sandbox = await sandboxForTest({ daemon: undefined })
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  /** Runs `aws xray …` and parses its output. */
  async function xray(...args: string[]) {
    const { code, stdout, stderr } = await run(
      'aws',
      ['xray', ...args, '--endpoint-url', sandbox.url, '--region', 'us-east-1'],
      {
        cwd: resolve(import.meta.dirname, '..'),
        env: {
          ...bareEnvironment(),
          AWS_ACCESS_KEY_ID: 'any',
          AWS_SECRET_ACCESS_KEY: 'any',
          AWS_PAGER: '',
        },
      },
    )
    return { code, stderr, answer: stdout.trim() === '' ? undefined : JSON.parse(stdout) }
  }

  test('the bootcamp’s commands work unchanged, and fail the second time as they do at AWS', async () => {
    const rule = ['create-sampling-rule', '--cli-input-json', 'file://aws/json/xray.json']
    expect(await xray(...rule)).toMatchObject({
      code: 0,
      answer: { SamplingRuleRecord: { SamplingRule: { RuleName: 'Cruddur' } } },
    })
    expect((await xray(...rule)).stderr).toMatch(/\(InvalidRequestException\).*exists/)
    const group = ['create-group', '--cli-input-json', 'file://aws/json/xray-group.json']
    expect(await xray(...group)).toMatchObject({ code: 0, answer: { Group: { GroupName: 'Cruddur' } } })
    const { answer } = await xray('get-sampling-rules')
    expect(answer.SamplingRuleRecords).toHaveLength(2)
  })

  test('documents are stored, and found by trace id and by filter over several pages', async () => {
    const startS = Math.floor(Date.now() / 1000)
    for (let index = 0; index < 12; index++) {
      const documents = Array.from({ length: 50 }, (_, more) => {
        const digits = (index * 50 + more).toString(16).padStart(24, '0')
        return segmentDocument({
          trace_id: `1-69200000-${digits}`,
          start_time: startS,
          end_time: startS + 1,
          fault: true,
        })
      })
      await sandbox.putSegments(...documents)
    }
    const put = await xray('put-trace-segments', '--trace-segment-documents', segmentDocument(), '{"id": 7}')
    expect(put.answer.UnprocessedTraceSegments).toEqual([expect.objectContaining({ ErrorCode: 'MissingId' })])
    const got = await xray(
      'batch-get-traces',
      '--trace-ids',
      XRAY_TRACE_ID,
      '1-00000000-000000000000000000000000',
    )
    expect(got.answer.Traces).toMatchObject([
      { Id: XRAY_TRACE_ID, Segments: [{ Document: segmentDocument() }] },
    ])

    const times = ['--start-time', String(startS - 60), '--end-time', String(startS + 60)]
    const found = await xray('get-trace-summaries', ...times, '--filter-expression', 'fault')
    expect(found.answer.TraceSummaries).toHaveLength(600)
    const wrong = await xray('get-trace-summaries', ...times, '--filter-expression', 'service(')
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toContain('(InvalidRequestException)')
  })
})
