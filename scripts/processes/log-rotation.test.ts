import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { archiveOf } from './log-rotation.ts'

const WRITER = resolve(import.meta.dirname, '../../tests/fixtures/processes/writer.ts')
const OWN_LOG = join(import.meta.dirname, 'own-log.ts')
const MAX_BYTES = 200_000

let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  path = join(temporaryFolder(), 'api.log')
})

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
})

/** Runs Node with standard output and standard error in a file, as the start of a process does. */
function start(args: readonly string[], env: Record<string, string>, output = path): ChildProcess {
  const fd = openSync(output, 'a', 0o600)
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', fd, fd] })
  closeSync(fd)
  children.push(child)
  return child
}

function startWriter(lines?: number): ChildProcess {
  return start([WRITER], {
    FIXTURE_LOG: path,
    FIXTURE_MAX_BYTES: `${MAX_BYTES}`,
    ...(lines !== undefined && { FIXTURE_LINES: `${lines}` }),
  })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The numbers of the writer's lines. */
const numbers = (lines: readonly string[]) =>
  lines.filter((line) => /^\d+\.+$/.test(line)).map((line) => Number.parseInt(line, 10))
const linesOf = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number)

test('a process that writes fast keeps its log short, and no line between its two files is missing', async () => {
  const lines = 20_000
  const child = startWriter(lines)
  let longest = 0
  while (child.exitCode === null) {
    longest = Math.max(longest, sizeOf(path), sizeOf(archiveOf(path)))
    await new Promise((later) => setTimeout(later, 1))
  }
  expect(longest).toBeLessThan(10 * MAX_BYTES)
  expect(sizeOf(archiveOf(path))).toBeGreaterThan(MAX_BYTES)
  const kept = numbers([...linesOf(archiveOf(path)), ...linesOf(path)])
  expect(kept).toEqual(upTo(lines).slice(-kept.length))
  expect(linesOf(path)[0]).toMatch(/^── \d{4}-\d\d-\d\dT\S+Z earlier lines: api.log.1 ──$/)
  expect(statSync(archiveOf(path)).mode & 0o777).toBe(0o600)
})

test('a process that is killed at any moment has lost no line of its last two files', async () => {
  for (let round = 0; round < 3; round++) {
    rmSync(path, { force: true })
    rmSync(archiveOf(path), { force: true })
    const child = startWriter()
    await eventually(
      () => sizeOf(archiveOf(path)),
      (size) => size > 0,
    )
    await new Promise((later) => setTimeout(later, round * 11))
    await kill(child)
    const kept = [...new Set(numbers([...linesOf(archiveOf(path)), ...linesOf(path)]))]
    const [first = 0] = kept
    expect(kept).toEqual(upTo(first + kept.length).slice(first))
  }
})

test('a log that was deleted does not fill the disk, and one without room for a copy stays short', async () => {
  const child = startWriter()
  await eventually(
    () => sizeOf(archiveOf(path)),
    (size) => size > 0,
  )
  rmSync(archiveOf(path))
  // A folder in the place of the copy makes the rotation fail, as a full disk does.
  mkdirSync(archiveOf(path))
  await eventually(
    () => linesOf(path)[0] ?? '',
    (line) => line.includes('earlier lines were not kept: EISDIR'),
  )
  expect(sizeOf(path)).toBeLessThan(10 * MAX_BYTES)
  rmSync(path)
  const deleted = `/proc/${child.pid}/fd/1`
  if (!existsSync(deleted)) return
  const sizes: number[] = []
  for (let look = 0; look < 100; look++) {
    sizes.push(statSync(deleted).size)
    await new Promise((later) => setTimeout(later, 1))
  }
  expect(Math.max(...sizes)).toBeLessThan(10 * MAX_BYTES)
  expect(existsSync(path)).toBe(false)
})

test.each([
  ['without the variable', {}],
  ['where the variable names another file', { WORKSPACE_LOG: '/dev/null' }],
])('a file of a person’s own is left alone: %s', async (_case, env) => {
  writeFileSync(path, 'x'.repeat(6 * 1024 * 1024))
  const child = start(['--import', OWN_LOG, '-e', 'setTimeout(() => {}, 450)'], env)
  expect(await once(child, 'exit')).toEqual([0, null])
  expect([sizeOf(path), existsSync(archiveOf(path))]).toEqual([6 * 1024 * 1024, false])
})

test('the workspace’s own log is rotated by the process that writes it, not by its child processes', async () => {
  writeFileSync(path, `${'x'.repeat(6 * 1024 * 1024)}\n`)
  const script = `console.log(process.env.WORKSPACE_LOG); setInterval(() => {}, 1000)`
  start(['--import', OWN_LOG, '-e', script], { WORKSPACE_LOG: path })
  await eventually(
    () => linesOf(path)[0] ?? '',
    (line) => line.includes('earlier lines: api.log.1'),
  )
  expect(linesOf(archiveOf(path)).at(-1)).toBe('undefined')
})
