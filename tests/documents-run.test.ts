import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT, readDocuments } from './harness/documents.ts'
import { run } from './harness/run.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** What a reader pastes beside a workspace that runs: requests, and the AWS CLI at the sandbox. */
const BESIDE = /^\s*(curl |id=|echo |-d |-H |"http|'http|\(|\)|export AWS|aws xray |--|$)/
const hasAws = spawnSync('aws', ['--version']).status === 0
const hasCurl = spawnSync('curl', ['--version']).status === 0

const blocks = readDocuments()
  .filter(({ path }) => /^(README\.md$|docs\/|workshop\/)/.test(path))
  .flatMap(({ path, blocks }) => blocks.map((block) => ({ path, ...block })))
  .filter(({ language, text }) => language === 'sh' && text.split('\n').every((line) => BESIDE.test(line)))

describe.skipIf(!hasCurl)(
  `what is to be pasted${hasCurl ? '' : ' (skipped: there is no curl on this machine)'}`,
  () => {
    let workspace: TestWorkspace
    beforeAll(async () => {
      workspace = await createWorkspace()
      const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
      expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    })
    afterAll(() => workspace.dispose())

    test('there is something to paste', () => {
      expect(blocks.length).toBeGreaterThanOrEqual(6)
    })

    test.each(blocks.map(({ path, text }) => [path, text.split('\n')[0] ?? '', text] as const))(
      '%s: %s …',
      async (_path, _first, text) => {
        if (/\baws xray /.test(text) && !hasAws) {
          console.info('skipped: there is no aws on this machine')
          return
        }
        const script = text
          .replaceAll('localhost:4567', `127.0.0.1:${workspace.ports.api}`)
          .replaceAll('localhost:4318', `127.0.0.1:${workspace.ports.sandbox}`)
        const { code, stdout, stderr } = await run('bash', ['-euc', script], {
          cwd: ROOT,
          env: { ...workspace.env, AWS_PAGER: '' },
        })
        expect(code, stdout + stderr).toBe(0)
        // The one that is to fail says so in its path.
        const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
        const failing = script.split('/rollbar/test').length - 1
        expect(
          statuses.filter((status) => status >= 400),
          stdout,
        ).toEqual(Array(failing).fill(500))
      },
    )
  },
)
