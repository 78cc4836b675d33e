import { beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from './harness/documents.ts'
import { findProgram } from './harness/process.ts'
import { run } from './harness/run.ts'
import { sharedWorkspace } from './harness/shared-workspace.ts'

/** Lines that a reader can paste while the workspace runs: requests, and the AWS CLI against the sandbox. */
const PASTABLE = /^\s*(curl |id=|echo |-d |-H |"http|'http|\(|\)|export AWS|aws xray |--|$)/
const aws = findProgram(['aws', '--version'])
const curl = findProgram(['curl', '--version'])

/** The requests of docs/your-app/ go to an example, whose test sends them; those of docs/live-check.md to a person's account. */
const blocks = readDocuments()
  .filter(({ path }) => /^(README\.md$|docs\/(?!your-app\/|live-check)|workshop\/)/.test(path))
  .flatMap(({ path, blocks }) => blocks.map((block) => ({ path, ...block })))
  .filter(({ language, text }) => language === 'sh' && text.split('\n').every((line) => PASTABLE.test(line)))

describe.skipIf(!curl.isThere)(`the commands that a reader pastes (${curl.kind})`, () => {
  let workspace: Awaited<ReturnType<typeof sharedWorkspace>>
  beforeAll(async () => {
    workspace = await sharedWorkspace()
  })

  test('the documents have commands to paste', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(6)
  })

  test.each(blocks.map(({ path, text }) => [path, text.split('\n')[0] ?? '', text] as const))(
    '%s: %s …',
    async (_path, _first, text) => {
      if (/\baws xray /.test(text) && !aws.isThere) {
        console.info(aws.kind)
        return
      }
      const script = text
        .replaceAll('localhost:4567', `127.0.0.1:${workspace.ports.api}`)
        .replaceAll('localhost:4318', `127.0.0.1:${workspace.ports.sandbox}`)
      const env = { ...workspace.env, AWS_PAGER: '' }
      const { code, stdout, stderr } = await run('bash', ['-euc', script], { env })
      expect(code, stdout + stderr).toBe(0)
      // Only /rollbar/test fails on purpose.
      const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
      const failing = script.split('/rollbar/test').length - 1
      expect(
        statuses.filter((status) => status >= 400),
        stdout,
      ).toEqual(Array(failing).fill(500))
    },
  )
})
