import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { WorkspaceState } from '../../contracts/workspace-state.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { identify } from '../machine/identity.ts'
import { apiStateOf } from '../workshop/evidence/api-state.ts'
import { hashCode } from './code-hash.ts'
import { describeDifferences, findDifferences } from './differences.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, findDiagnosis } from './start-failure.ts'
import { hashSettings, newState, readState, removeState, stateFolders, writeState } from './state.ts'

let directory: string

beforeEach(() => {
  directory = temporaryFolder()
})

const spec = (more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name: 'api',
  stage: 1,
  uses: [],
  command: 'node',
  args: ['a.ts'],
  env: { KEY: 'a-secret', PORT: '1' },
  cwd: directory,
  sources: ['a.ts'],
  ports: [],
  ready: { kind: 'tcp', host: '127.0.0.1', port: 1 },
  ...more,
})

/** As if these processes had been started, and were this one. */
function running(...specs: ProcessSpec[]): WorkspaceState {
  const identity = identify(process.pid)
  if (!identity) throw new Error('This process has no start time.')
  const state = newState('workspace')
  state.phase = 'running'
  state.processes = specs.map((one) => ({
    name: one.name,
    state: 'ready',
    identity,
    startedAt: new Date().toISOString(),
    settingsHash: hashSettings(one, state.key),
    codeHash: hashCode(one.cwd, one.sources),
    ports: [],
    log: '',
  }))
  return state
}

test('a file that was written before npm run sandbox existed is of the whole workspace', () => {
  const folders = stateFolders(directory)
  const { scope: _, ...older } = running(spec())
  writeState(folders, older as WorkspaceState)
  expect(readState(folders)).toMatchObject({ scope: 'workspace', processes: [{ name: 'api' }] })
})

test('only the owner may enter the folders, whatever the umask, also those that an earlier version made', () => {
  const before = process.umask(0)
  try {
    mkdirSync(join(directory, 'logs'), { recursive: true })
    const folders = stateFolders(directory)
    for (const folder of [folders.run, folders.logs]) expect(statSync(folder).mode & 0o777).toBe(0o700)
  } finally {
    process.umask(before)
  }
})

test('a written state is read again; only the owner may read the file, and no other file is left', () => {
  const folders = stateFolders(directory)
  const state = running(spec())
  writeState(folders, state)
  expect(readState(folders)).toEqual(state)
  expect(readdirSync(folders.run)).toEqual(['processes.json'])
  expect(statSync(join(folders.run, 'processes.json')).mode & 0o777).toBe(0o600)
  removeState(folders)
  expect(readState(folders)).toBeUndefined()
})

test.each(['', '{"version": 2', '{"version": 1}', 'null', '{"processes": [{"pid": -1}]}'])(
  'the text "%s" counts as no state, with a warning',
  (text) => {
    const folders = stateFolders(directory)
    writeFileSync(join(folders.run, 'processes.json'), text)
    const warnings: string[] = []
    expect(readState(folders, (warning) => warnings.push(warning))).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('cannot be understood')])
  },
)

test('a state directory is the same by every link to it', () => {
  const link = `${directory}-link`
  symlinkSync(directory, link)
  try {
    expect(stateFolders(link)).toEqual(stateFolders(directory))
  } finally {
    rmSync(link)
  }
})

test('a process differs by settings, arguments, code or a crash, and by being wanted or not', () => {
  const state = running(spec())
  const differ = (...specs: ProcessSpec[]) =>
    describeDifferences(findDifferences(state, specs)).map(({ what }) => what)
  expect(differ(spec({ env: { PORT: '1', KEY: 'a-secret' } }))).toEqual([])
  expect(differ(spec({ env: { PORT: '1', KEY: 'another' } }))).toEqual(['The settings of api have changed.'])
  expect(differ(spec({ args: ['--import', 'x', 'a.ts'] }))).toEqual(['The settings of api have changed.'])
  expect(differ(spec(), spec({ name: 'daemon' }))).toEqual(['Not running: daemon.'])
  expect(differ()).toEqual(['Running, but no longer needed: api.'])
  writeFileSync(join(directory, 'a.ts'), 'export {}')
  expect(differ(spec())).toEqual(['The code of api has changed.'])
  const [record] = state.processes
  // The pid's process of now has started later.
  const own = identify(process.pid)?.startTime ?? ''
  if (record) record.identity = { pid: process.pid, startTime: own.replace(/\d/, '9') }
  expect(differ(spec())).toEqual([expect.stringMatching(/^api has crashed/)])
})

test('an api with other settings runs old ones only where .env has changed since; its code counts by itself', () => {
  const state = running(spec())
  const startMs = Date.parse(state.processes[0]?.startedAt ?? '')
  const other = spec({ env: { PORT: '1', KEY: 'another' } })
  expect(apiStateOf(state, [spec()], startMs + 1)).toBe('current')
  expect(apiStateOf(state, [other], startMs - 1)).toBe('other-environment')
  expect(apiStateOf(state, [other], startMs + 1)).toBe('old-settings')
  writeFileSync(join(directory, 'a.ts'), 'export {}')
  for (const one of [other, spec()]) expect(apiStateOf(state, [one], 0)).toBe('outdated')
  expect(apiStateOf(undefined, [spec()], 0)).toBe('stopped')
})

test('hashes of settings do not reveal the settings, and have a new key in each new state', () => {
  const [one, other] = [running(spec()), running(spec())]
  expect(one.processes[0]?.settingsHash).not.toBe(other.processes[0]?.settingsHash)
  expect(JSON.stringify(one)).not.toContain('a-secret')
})

describe('the code of a process', () => {
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text)
  const hash = () => hashCode(directory, ['a.ts'])

  beforeEach(() => {
    mkdirSync(join(directory, 'sql'))
    write(
      'a.ts',
      "import { b } from './b.ts'\nimport type { T } from './types.ts'\nexport type N = number\nawait import('./c.ts')\n",
    )
    write('b.ts', "export const b = new Worker(new URL('./worker.ts', import.meta.url))")
    write('c.ts', "execFile('node', [join(import.meta.dirname, 'program.ts')])")
    for (const name of ['program.ts', 'worker.ts', 'types.ts', 'other.ts', 'package-lock.json'])
      write(name, '')
  })

  test.each(['a.ts', 'b.ts', 'c.ts', 'program.ts', 'worker.ts', 'package-lock.json'])(
    'changes with %s',
    (name) => {
      const before = hash()
      write(name, '// changed')
      expect(hash()).not.toBe(before)
    },
  )

  test('does not change with a file of which it imports types alone, or nothing', () => {
    const before = hash()
    write('types.ts', '// changed')
    write('other.ts', '// changed')
    expect(hash()).toBe(before)
  })

  test('may have folders, missing files and circular imports', () => {
    const withSql = () => hashCode(directory, ['a.ts', 'sql', 'missing.ts'])
    write('c.ts', "import './a.ts'")
    const before = withSql()
    write('sql/1.sql', 'select 1')
    expect(withSql()).not.toBe(before)
  })
})

test('a process that a signal has ended does not say why, whatever its last lines are', () => {
  const lines = ['✗ /x cannot be written: the disk is full.', '  → Make room']
  expect(findDiagnosis(lines, { code: 1, signal: null })?.fix).toBe('Make room')
  expect(findDiagnosis(lines, { code: null, signal: 'SIGKILL' })).toBeUndefined()
  expect(findDiagnosis([...lines, 'ready again'], { code: 1, signal: null })).toBeUndefined()
})

test('an exit is described in words', () => {
  expect(describeExit({ code: 9, signal: null })).toBe('exit code 9 (an argument that node does not know)')
  expect(describeExit({ code: 42, signal: null })).toBe('exit code 42')
  expect(describeExit({ code: null, signal: 'SIGKILL' })).toMatch(/^signal SIGKILL \(.*memory\)$/)
})

test('a folder that cannot be made is an error with its fix', () => {
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  expect(() => stateFolders(join(file, 'state'))).toThrow(
    expect.objectContaining({
      code: 'STATE_DIR_UNUSABLE',
      message: expect.stringContaining(`${file} is not a folder`),
      fix: `Move it away: mv ${file} ${file}.away`,
    }),
  )
})
