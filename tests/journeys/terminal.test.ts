import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Environment } from '../harness/process.ts'
import { honeycomb, honeycombAuth, ProviderServer, sts } from '../harness/provider-server.ts'
import { hasPty, startInTerminal } from '../harness/pty.ts'
import { run } from '../harness/run.ts'
import { sharedWorkspace } from '../harness/shared-workspace.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const ENTER = '\r'
const CTRL_C = '\x03'
const CTRL_D = '\x04'

let workspace: TestWorkspace
let team: ProviderServer
let aws: ProviderServer

beforeAll(async () => {
  workspace = await createWorkspace()
  team = await ProviderServer.start(honeycomb({ 'canary-good': honeycombAuth() }))
  aws = await ProviderServer.start(sts('InvalidClientTokenId'))
})

afterAll(async () => {
  await workspace.dispose()
  await team[Symbol.asyncDispose]()
  await aws[Symbol.asyncDispose]()
})

/** Types into `npm run setup`, and reads its screen. */
function startSetup({ env }: Pick<TestWorkspace, 'env'>, more: Environment = {}, ...args: string[]) {
  const command = [process.execPath, 'scripts/commands/setup.ts', ...args]
  return startInTerminal(command, { cwd: ROOT, env: { ...env, ...more } })
}

/** Replaces what differs between runs and machines by its name. */
function normalised(text: string, { ports, folder }: Pick<TestWorkspace, 'ports' | 'folder'>): string {
  const withoutIds = text
    .replaceAll(new URL(team.url).host, '<honeycomb>')
    .replaceAll(folder, '<folder>')
    .replace(/1-[0-9a-f]{8}-[0-9a-f]{24}/g, '<X-Ray trace id>')
    .replace(/\b[0-9a-f]{32}\b/g, '<trace id>')
    .replace(/Node \d+\.\d+\.\d+/g, 'Node <version>')
    .replace(/ \(\d+\.\d s\)/g, '')
    .replace(/in \d+ ms/g, 'in <n> ms')
    .replace(/\d+ spans/g, '<n> spans')
    .replace(/\d+ segments?, \d+ subsegments?/g, '<n> segments and subsegments')
  return Object.entries(ports).reduce(
    (shown, [name, port]) => shown.replaceAll(String(port), `<${name} port>`),
    withoutIds,
  )
}

describe.skipIf(!hasPty)(
  `setup${hasPty ? '' : ' (skipped: there is no script(1) of util-linux on this machine)'}`,
  { timeout: 150_000 },
  () => {
    test('on a terminal: each key is checked, asked for again where it is wrong, and left out with Enter', async () => {
      const endpoints = { HONEYCOMB_API_ENDPOINT: team.url, AWS_ENDPOINT_URL: aws.url }
      const terminal = startSetup(workspace, endpoints)
      try {
        const dialogue = [
          ['Honeycomb: HONEYCOMB_API_KEY', 'canary-wrong'],
          ['does not know the key'],
          ['Honeycomb: HONEYCOMB_API_KEY', ''],
          ['AWS X-Ray: AWS_ACCESS_KEY_ID', 'canary-id'],
          ['AWS X-Ray: AWS_SECRET_ACCESS_KEY', 'canary-secret'],
          ['AWS X-Ray: AWS_REGION', ''],
          ['AWS does not know these credentials.'],
          ['AWS X-Ray: AWS_ACCESS_KEY_ID', ''],
          ['Rollbar: ROLLBAR_ACCESS_TOKEN', ''],
        ] as const
        for (const [shown, answer] of dialogue) {
          await terminal.waitFor(shown)
          if (answer !== undefined) terminal.type(`${answer}${ENTER}`)
        }
        await terminal.waitFor('npm run status | npm run logs')
        expect(await terminal.exited).toBe(0)
      } finally {
        terminal.kill()
      }
      const screen = await terminal.screen()
      expect(screen).not.toContain('canary')
      const file = join(workspace.folder, '.env')
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain('canary')
      await expect(normalised(screen, workspace)).toMatchFileSnapshot('../golden/setup-on-a-terminal.txt')
      // What setup has started outlives the terminal that it was started from.
      for (const url of [workspace.api, workspace.sandbox])
        expect((await fetch(`${url}/health`)).status).toBe(200)
    })

    test.each([
      ['Ctrl-C', CTRL_C],
      ['Ctrl-D', CTRL_D],
    ])('%s ends the questions with a sentence, and nothing is kept', async (_name, key) => {
      const terminal = startSetup(workspace)
      await terminal.waitFor('Honeycomb: HONEYCOMB_API_KEY')
      terminal.type(key)
      expect(await terminal.exited, await terminal.screen()).toBe(1)
      expect(await terminal.screen()).toContain('Set-up was cancelled.')
    })

    test('Ctrl-C during a step ends the command with 130', async () => {
      const own = await createWorkspace()
      try {
        const terminal = startSetup(own, {}, '--yes')
        await terminal.waitFor('Starting sandbox')
        terminal.type(CTRL_C)
        expect(await terminal.exited, await terminal.screen()).toBe(130)
      } finally {
        await own.dispose()
      }
    })

    test('a good key is saved as soon as it is checked', async () => {
      const terminal = startSetup(workspace, { HONEYCOMB_API_ENDPOINT: team.url })
      await terminal.waitFor('Honeycomb: HONEYCOMB_API_KEY')
      terminal.type(`canary-good${ENTER}`)
      await terminal.waitFor('Honeycomb: team acme, environment test')
      await terminal.waitFor('AWS X-Ray: AWS_ACCESS_KEY_ID')
      terminal.type(CTRL_C)
      expect(await terminal.exited).toBe(1)
      expect(await terminal.screen()).not.toContain('canary')
      expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toContain('HONEYCOMB_API_KEY=canary-good')
    })
  },
)

test('setup without a terminal asks nothing', { timeout: 90_000 }, async () => {
  const shared = await sharedWorkspace()
  await expect(normalised(shared.setup.stdout, shared)).toMatchFileSnapshot(
    '../golden/setup-without-a-terminal.txt',
  )
})

test('the help of each command is as in the golden file', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const files = Object.keys(scripts)
    .map((name) => join(ROOT, 'scripts', 'commands', `${name}.ts`))
    .filter((file) => existsSync(file))
  expect(files.map((file) => basename(file))).toContain('doctor.ts')
  const { code, stdout, stderr } = await run(process.execPath, ['tests/fixtures/print-help.ts', ...files], {
    cwd: ROOT,
    env: workspace.env,
  })
  expect(code, stderr).toBe(0)
  await expect(stdout).toMatchFileSnapshot('../golden/help.txt')
})
