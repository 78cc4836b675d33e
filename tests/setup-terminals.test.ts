import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from './harness/process.ts'
import { hasPty, startInTerminal } from './harness/pty.ts'
import { scaled } from './harness/scale.ts'
import { sharedWorkspace } from './harness/shared-workspace.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'
import type { TestWorkspace } from './harness/workspace.ts'

interface Kind {
  readonly columns?: number
  readonly term?: string
  readonly more?: Record<string, string>
}

const PLAINEST: Kind = { columns: 0, term: 'dumb', more: { LC_ALL: 'POSIX' } }
const KINDS: readonly (readonly [string, Kind])[] = [
  ['0 columns', { columns: 0 }],
  ['1 column', { columns: 1 }],
  ['20 columns', { columns: 20 }],
  ['500 columns', { columns: 500 }],
  ['TERM=dumb', { term: 'dumb' }],
  ['LC_ALL=POSIX', { more: { LC_ALL: 'POSIX' } }],
  ['0 columns, TERM=dumb and LC_ALL=POSIX', PLAINEST],
]
const onTerminals = (...short: string[]) =>
  scaled(
    KINDS.filter(([name]) => short.includes(name)),
    KINDS,
  )

let shared: Omit<TestWorkspace, 'dispose'>

beforeAll(async () => {
  shared = await sharedWorkspace()
})

/** Runs set-up to its end. Returns its exit code, and everything that it wrote. */
async function setUp(
  { columns = 80, term = 'xterm-256color', more = {} }: Kind,
  env: Record<string, string>,
) {
  const command = [process.execPath, 'scripts/commands/setup.ts', '--yes']
  const terminal = startInTerminal(command, { cwd: ROOT, env: { ...env, ...more }, columns, term })
  try {
    const code = await terminal.exited
    await terminal.screen()
    return { code, written: terminal.output().replaceAll('\r\n', '\n') }
  } finally {
    terminal.kill()
  }
}

const ESC = '\u001b'
/** Colours, and what the spinner moves and clears its line with. */
const DRAWN = new RegExp(`${ESC}\\[(\\d+m|1G|2K)`, 'g')

/** The text without colours, after a check that the terminal got nothing that it does not understand. */
function textOn({ columns = 80, term, more }: Kind, written: string): string {
  if (term === 'dumb') expect(written).not.toContain(ESC)
  if (more?.LC_ALL) expect(written).not.toMatch(/\P{ASCII}/u)
  // Where a line would wrap, nothing is drawn again.
  if (columns < 20) expect(written).not.toMatch(new RegExp(`${ESC}\\[(1G|2K)`))
  expect(written.replaceAll(DRAWN, '')).not.toMatch(/[^\n\P{Cc}]/u)
  return stripVTControlCharacters(written)
}

describe.skipIf(!hasPty)(
  `setup${hasPty ? '' : ' (skipped: there is no script(1) of util-linux on this machine)'}`,
  { timeout: 60_000 },
  () => {
    test.each(onTerminals('0 columns'))('on %s ends, where everything runs already', async (_name, kind) => {
      const { code, written } = await setUp(kind, { ...shared.env })
      const text = textOn(kind, written)
      expect(code, text).toBe(0)
      expect(text).toContain('Already running.')
      expect(text).toContain('Every provider has what it should have.')
    })

    test.each(onTerminals('1 column', '0 columns, TERM=dumb and LC_ALL=POSIX'))(
      'on %s ends with the cause and the fix of a taken port',
      async (_name, kind) => {
        const folder = temporaryFolder()
        const own = { WORKSPACE_STATE_DIR: join(folder, 'state'), WORKSPACE_ENV_FILE: join(folder, '.env') }
        const { code, written } = await setUp(kind, { ...shared.env, ...own })
        const text = textOn(kind, written)
        expect(code, text).toBe(1)
        expect(text).toContain(`The workspace in ${join(shared.folder, 'state')} has `)
        expect(text).toMatch(/npm run env -- --ports 2\d{3}0\n/)
      },
    )
  },
)
