import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const boto3 = findModules('boto3')

describe.skipIf(!boto3.isThere)(`boto3 takes the sandbox for X-Ray (${boto3.kind})`, () => {
  let workspace: TestWorkspace

  beforeAll(async () => {
    workspace = await createWorkspace()
    await workspace.startSandboxHere()
  })

  afterAll(() => workspace.dispose())

  test('and understands every answer', async () => {
    const { code, stdout, stderr } = await run(PYTHON, ['tests/fixtures/boto3_xray.py', workspace.sandbox], {
      cwd: resolve(import.meta.dirname, '..'),
      env: { ...workspace.env },
    })
    expect(code, stderr).toBe(0)
    const { trace_id: traceId, ...seen } = JSON.parse(stdout) as Record<string, unknown>
    expect(seen).toEqual({
      unprocessed: ['MissingId'],
      batch: [1],
      summaries: [traceId],
      graph: ['Database::SQL', 'client', 'service'],
      trace_graph: 3,
      groups: ['faults'],
      tags: [],
      rules: ['Default'],
      destination: 'PENDING',
      rule: 0,
      still: [1],
      later: [],
      not_indexed: [],
      retrieved: [1],
      errors: [
        'InvalidRequestException',
        'InvalidRequestException',
        'ResourceNotFoundException',
        'ResourceNotFoundException',
        'UnknownOperationException',
      ],
    })
  })
})
