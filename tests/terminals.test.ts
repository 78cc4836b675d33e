import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { HOSTILE_TEXT } from './harness/lens-traces.ts'
import { ROOT, spawnProcess } from './harness/process.ts'
import { hasPty, startInTerminal } from './harness/pty.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { sendSpans } from './harness/viewer-data.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let sandbox: SandboxForTest
let workspace: TestWorkspace
let env: Record<string, string>
let logs: string

beforeAll(async () => {
  sandbox = await sandboxForTest()
  workspace = await createWorkspace()
  env = { ...workspace.env, SANDBOX_PORT: new URL(sandbox.url).port }
  const traceId = newTraceId()
  await sendSpans(sandbox, traceId, Date.now() - 1_000, 'zoë', [
    { spanId: newSpanId(), name: `GET /雪/${HOSTILE_TEXT}`, at: 0, took: 40, kind: 2, isError: false },
  ])
  logs = join(workspace.env.WORKSPACE_STATE_DIR ?? '', 'logs')
  mkdirSync(logs, { recursive: true })
  appendFileSync(join(logs, 'api.log'), 'first\n\u001b[2J\u009b31mred\rover\u202Ewritten\n')
  for (const name of ['stalled', 'piped']) appendFileSync(join(logs, `${name}.log`), 'first\n')
})

afterAll(async () => {
  await workspace.dispose()
  await sandbox[Symbol.asyncDispose]()
})

interface Kind {
  readonly columns?: number
  readonly term?: string
  readonly more?: Record<string, string>
}

function start(command: string, { columns = 80, term = 'xterm-256color', more = {} }: Kind = {}) {
  const [name = '', ...args] = command.split(' ')
  return startInTerminal([process.execPath, `scripts/commands/${name}.ts`, ...args], {
    ...{ cwd: ROOT, env: { ...env, ...more }, columns, term },
  })
}

/** Runs a command to its end. Returns everything that it wrote, with line ends as it wrote them. */
async function outputOf(command: string, kind?: Kind): Promise<string> {
  const terminal = start(command, kind)
  try {
    await terminal.exited
    await terminal.screen()
    return terminal.output().replaceAll('\r\n', '\n')
  } finally {
    terminal.kill()
  }
}

const ESC = '\u001b'
/** Any but the sequences of colours, and line ends. */
const CONTROL = new RegExp(`(?!${ESC}\\[\\d+m)[^\\n\\P{Cc}]`, 'u')

describe.skipIf(!hasPty)(
  `on a terminal${hasPty ? '' : ' (skipped: there is no script(1) of util-linux on this machine)'}`,
  { timeout: 60_000 },
  () => {
    test.each(scaled([1, 500], [0, 1, 20, 500]))(
      'of %i columns lists end, and contain what they should',
      async (columns) => {
        const [found, settings] = await Promise.all([
          outputOf('traces find', { columns }),
          outputOf('env', { columns }),
        ])
        expect(stripVTControlCharacters(found)).toContain('1 of 1 matching request')
        expect(settings).toContain('HONEYCOMB_API_KEY')
        for (const text of [found, settings]) expect(text).not.toMatch(CONTROL)
      },
    )

    test.each<[string, Kind]>(
      scaled<[string, Kind][]>(
        [
          ['one column', { columns: 1 }],
          [
            'a terminal without a size, TERM=dumb and LC_ALL=POSIX',
            { columns: 0, term: 'dumb', more: { LC_ALL: 'POSIX' } },
          ],
        ],
        [
          ['a terminal without a size', { columns: 0 }],
          ['one column', { columns: 1 }],
          ['TERM=dumb', { term: 'dumb' }],
          ['LC_ALL=POSIX', { more: { LC_ALL: 'POSIX' } }],
        ],
      ),
    )(
      'a question on %s: keys are read, a wrong answer is asked again, Ctrl-C ends it',
      async (_name, kind) => {
        const secret = start('env ROLLBAR_ACCESS_TOKEN', kind)
        const terminal = start('env AWS_REGION', kind)
        try {
          // Not the screen: one column has a character a line.
          for (const one of [terminal, secret]) await eventually(one.output, (text) => text.includes('> '))
          secret.type('canary-of-a-token')
          terminal.type('wrong\r')
          await eventually(
            () => terminal.output().split('> ').length,
            (count) => count > 2,
          )
          terminal.type('x\u007f\u001b[Deu-central-1\r')
          expect(await terminal.exited, terminal.output()).toBe(0)
          secret.type('\u0003')
          expect(await secret.exited, secret.output()).toBe(1)
        } finally {
          terminal.kill()
          secret.kill()
        }
        // Each case after the first has the value already.
        expect(terminal.output()).toMatch(/AWS_REGION (is kept|already had this value)/)
        expect(secret.output()).not.toContain('canary')
        // No key that redraws, or hides the cursor.
        expect(terminal.output()).not.toMatch(new RegExp(`${ESC}\\[[?0-9]*[A-HJKhl]`))
      },
    )

    test('with TERM=dumb nothing has an escape sequence, and a step is whole lines', async () => {
      const text = await outputOf('verify', { term: 'dumb' })
      expect(text).not.toContain(ESC)
      expect(text).toContain('… Sending two requests')
    })

    test('with NO_COLOR there is no colour', async () => {
      expect(await outputOf('traces find', { more: { NO_COLOR: '1' } })).not.toContain(ESC)
    })

    const questions = ['traces find', 'ask --calculate HEATMAP(duration_ms) --group-by name']
    test.each(scaled(questions, [...questions, 'env --help', 'status']))(
      'without UTF-8 %s prints ASCII',
      async (command) => {
        const text = await outputOf(command, { more: { LC_ALL: 'C' } })
        expect(text).not.toMatch(/\P{ASCII}/u)
        if (command === 'traces find') expect(text).toContain('GET /??/')
      },
    )

    test('that stops reading: SIGTERM ends a command that follows logs', async () => {
      const terminal = start('logs stalled')
      try {
        await terminal.waitFor('first')
        terminal.stopReading()
        // More than the terminal and the pipe behind it hold: the command's next write would block.
        appendFileSync(join(logs, 'stalled.log'), `${'x'.repeat(1_000)}\n`.repeat(1_000))
        await eventually(
          () => writtenBy(terminal.pid()),
          (bytes) => bytes > 50_000,
        )
        process.kill(terminal.pid(), 'SIGTERM')
        // script(1) itself waits for its reader.
        await eventually(
          () => stateOf(terminal.pid()),
          (state) => state === undefined || state === 'Z',
        )
      } finally {
        terminal.kill()
      }
    })
  },
)

/** `Z` of a process that has ended, until its parent notices. Source: proc_pid_stat(5) */
function stateOf(pid: number): string | undefined {
  if (!existsSync(`/proc/${pid}`)) return undefined
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
}

/** Bytes. Source: proc_pid_io(5) */
function writtenBy(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

async function late(): Promise<string> {
  await new Promise((wake) => setTimeout(wake, 20_000).unref())
  return 'did not end in 20 s'
}

test('a log line reaches the output without control characters, on its own line', async () => {
  const { stdout } = await run(process.execPath, ['scripts/commands/logs.ts', '--no-follow', 'api'], {
    cwd: ROOT,
    env,
  })
  expect(stdout).not.toMatch(/[^\n\P{Cc}]|\u202E/u)
  expect(stdout).toContain('api |  [2J 31mred over\uFFFDwritten\n')
})

test('an error sentence has none of what was typed, or named in a file', async () => {
  const { stderr, code } = await run(
    process.execPath,
    ['scripts/commands/logs.ts', 'a\u001b[2J\u009b31m\n✓ All is well.'],
    { cwd: ROOT, env },
  )
  expect(code).toBe(1)
  expect(stderr).not.toMatch(/[^\n\P{Cc}]/u)
  expect(stderr).not.toMatch(/^✓/m)
})

test('a pipe that is not read holds up no signal', async () => {
  const follower = spawnProcess(['scripts/commands/logs.ts', 'piped'], env)
  await eventually(follower.output, (text) => text.includes('first'))
  follower.child.stdout?.pause()
  appendFileSync(join(logs, 'piped.log'), `${'y'.repeat(1_000)}\n`.repeat(1_000))
  expect(await Promise.race([follower.stop(), late()])).toBe(0)
})
