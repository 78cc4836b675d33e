import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ROOT, skipped } from './harness/process.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { bareEnvironment, createWorkspace, type TestWorkspace } from './harness/workspace.ts'

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

  // sandbox/xray/service-model.test.ts sends requests by this extract.
  test('tests/fixtures/xray-requests.json has the requests of its service model', async (context) => {
    const fixture = readFileSync(join(ROOT, 'tests/fixtures/xray-requests.json'), 'utf8')
    const { source, operations: extract } = JSON.parse(fixture)
    const program =
      "import botocore, json; from botocore.loaders import Loader; print(json.dumps({'botocore': botocore.__version__, **Loader().load_service_model('xray', 'service-2')}))"
    const { stdout, stderr } = await run(PYTHON, ['-c', program], { env: bareEnvironment() })
    const { botocore, operations, shapes } = Model.parse(JSON.parse(stdout || stderr))
    // Another version has more members or fewer.
    if (!source.startsWith(`botocore ${botocore},`))
      context.skip(skipped(`${PYTHON} has botocore ${botocore}`))
    for (const name of Object.keys(extract)) {
      const { http, input } = operations[name] ?? expect.fail(`X-Ray has no operation ${name}`)
      const shape = input ? inlined(input.shape, shapes) : { type: 'structure', members: {} }
      expect(extract[name], name).toEqual({ path: http.requestUri, input: shape })
    }
  })
})

const Reference = z.object({ shape: z.string() })
const Shape = z.object({
  type: z.string(),
  min: z.number().optional(),
  max: z.number().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).optional(),
  union: z.boolean().optional(),
  members: z.record(z.string(), Reference).optional(),
  member: Reference.optional(),
  key: Reference.optional(),
  value: Reference.optional(),
})
const Model = z.object({
  botocore: z.string(),
  operations: z.record(
    z.string(),
    z.object({ http: z.object({ requestUri: z.string() }), input: Reference.optional() }),
  ),
  shapes: z.record(z.string(), Shape),
})

/** A shape with those that it names in their places. */
function inlined(name: string, shapes: z.infer<typeof Model>['shapes']): object {
  const { members, member, key, value, ...shape } = shapes[name] ?? expect.fail(`no shape ${name}`)
  const of = (reference: { readonly shape: string } | undefined) =>
    reference && inlined(reference.shape, shapes)
  const entries = Object.entries(members ?? {}).map(([field, reference]) => [field, of(reference)])
  return {
    ...shape,
    ...(members && { members: Object.fromEntries(entries) }),
    ...(member && { member: of(member) }),
    ...(key && { key: of(key) }),
    ...(value && { value: of(value) }),
  }
}
