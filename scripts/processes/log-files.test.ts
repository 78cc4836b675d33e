import {
  appendFileSync,
  closeSync,
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { FollowedFile, openLog, readTail, showLogs } from './log-files.ts'
import { findFatalError, readFailure } from './start-failure.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = temporaryFolder()
  path = join(directory, 'api.log')
})

describe('a log', () => {
  test('continues with each run, under a line with the time', () => {
    for (let run = 0; run < 2; run++) closeSync(openLog(directory, 'api').fd)
    expect(readFileSync(path, 'utf8')).toMatch(/^(── \d{4}-\d\d-\d\dT\S+Z api starts ──\n){2}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('is renamed when it has grown too long, in the place of an older one', () => {
    writeFileSync(`${path}.1`, 'older')
    writeFileSync(path, 'x'.repeat(200))
    const { fd, offset } = openLog(directory, 'api', 100)
    closeSync(fd)
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('x'.repeat(200))
    expect(statSync(path).size).toBe(offset)
  })
})

describe('the last lines', () => {
  test('of a long file, a short one, and of none', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} – ü`)
    writeFileSync(path, `${lines.join('\n')}\n`)
    expect(readTail(path, 50)).toEqual(lines.slice(-50))
    expect(readTail(path, 50_000)).toEqual(lines)
    writeFileSync(path, 'one\ntwo\n')
    expect(readTail(path, 1)).toEqual(['two'])
    expect(readTail(join(directory, 'none.log'), 5)).toEqual([])
  })

  test('of a file of many megabytes begin with a whole line', () => {
    writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(30_000))
    const lines = readTail(path, 30_000)
    expect(lines.length).toBeGreaterThan(10_000)
    expect(new Set(lines)).toEqual(new Set(['x'.repeat(99)]))
  })

  test('leave out a line that is still being written', () => {
    writeFileSync(path, 'one\ntw')
    expect(readTail(path, 5)).toEqual(['one'])
  })
})

describe('following', () => {
  test('gives whole lines, also when they are written in pieces', () => {
    const file = new FollowedFile(path)
    expect(file.read()).toEqual([])
    appendFileSync(path, 'one\ntw')
    expect(file.read()).toEqual(['one'])
    const [first = 0, second = 0] = Buffer.from('ü')
    appendFileSync(path, Buffer.from([first]))
    expect(file.read()).toEqual([])
    appendFileSync(path, Buffer.concat([Buffer.from([second]), Buffer.from('\nthree')]))
    expect(file.read()).toEqual(['twü'])
    expect(file.close()).toEqual(['three'])
  })

  test('continues at the start of a truncated file', () => {
    const file = new FollowedFile(path)
    writeFileSync(path, 'one\n')
    expect(file.read()).toEqual(['one'])
    truncateSync(path)
    expect(file.read()).toEqual([])
    appendFileSync(path, 'two\n')
    expect(file.read()).toEqual(['two'])
    file.close()
  })

  test('reads the rest of a rotated file from its copy, each line once, at every moment of a rotation', () => {
    // An older copy, which is no news.
    writeFileSync(`${path}.1`, 'old\n')
    for (const readsBetween of [false, true]) {
      writeFileSync(path, 'one\n')
      const file = new FollowedFile(path)
      expect(file.read()).toEqual(['one'])
      appendFileSync(path, 'two\n')
      const shown: string[] = []
      copyFileSync(path, `${path}.1.partial`)
      renameSync(`${path}.1.partial`, `${path}.1`)
      if (readsBetween) shown.push(...file.read())
      truncateSync(path)
      appendFileSync(path, 'three\n')
      shown.push(...file.read())
      appendFileSync(path, 'four\n')
      shown.push(...file.close())
      expect(shown).toEqual(['two', 'three', 'four'])
      expect(readTail(path, 3)).toEqual(['two', 'three', 'four'])
    }
  })

  test('reads a renamed file to its end, and then the new file of its name', () => {
    const file = new FollowedFile(path)
    writeFileSync(path, 'one\n')
    expect(file.read()).toEqual(['one'])
    appendFileSync(path, 'two\n')
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'three\n')
    expect(file.read()).toEqual(['two', 'three'])
    file.close()
  })
})

describe('npm run logs', () => {
  const shown: string[] = []
  const write = (name: string, line: string) => void shown.push(`${name}: ${line}`)
  const untilShown = (line: string) =>
    eventually(
      () => shown,
      (lines) => lines.includes(line),
    )

  beforeEach(() => {
    shown.length = 0
  })

  test('shows the lines of all logs, or of the named ones', async () => {
    writeFileSync(path, 'one\n')
    writeFileSync(join(directory, 'sandbox.log'), 'two\n')
    await showLogs(directory, { follow: false, write })
    expect(shown).toEqual(['api: one', 'sandbox: two'])
    shown.length = 0
    await showLogs(directory, { names: ['sandbox'], follow: false, write })
    expect(shown).toEqual(['sandbox: two'])
  })

  test('an unknown name is an error that lists the known ones', async () => {
    writeFileSync(path, '')
    await expect(showLogs(directory, { names: ['apy'], follow: false, write })).rejects.toMatchObject({
      code: 'LOG_UNKNOWN',
      fix: 'There are: api.',
    })
  })

  test('follows until the signal aborts, and shows logs that are created later', async () => {
    writeFileSync(path, 'one\n')
    const end = new AbortController()
    const ended = showLogs(directory, { follow: true, signal: end.signal, write })
    appendFileSync(path, 'two\n')
    await untilShown('api: two')
    writeFileSync(join(directory, 'sandbox.log'), 'three\n')
    await untilShown('sandbox: three')
    end.abort()
    await ended
    expect(shown).toEqual(['api: one', 'api: two', 'sandbox: three'])
  })
})

test('of a failure the error is shown, not Node’s own frames below it', () => {
  const error = ['file:///app.ts:32', 'const = ;', '      ^', '', 'SyntaxError: Unexpected token `=`']
  const frames = Array.from(
    { length: 20 },
    (_, line) => `    at load (node:internal/modules/esm/loader:${line})`,
  )
  writeFileSync(path, [...error, ...frames, '', 'Node.js v24.21.0', `${'x'.repeat(400)}`, ''].join('\n'))
  expect(readFailure(path)).toEqual([
    ...error.filter((line) => line !== ''),
    'Node.js v24.21.0',
    `${'x'.repeat(300)}…`,
  ])
})

const STARTS = '── 2026-11-26T12:31:05.000Z api starts ──'
test.each([
  [
    'an error that nothing caught',
    [STARTS, '    x()', 'SyntaxError: no', 'Node.js v24.21.0'],
    'SyntaxError: no',
  ],
  [
    'an error that the process has explained',
    [STARTS, '✗ Port 1 is taken.', '  → Move it'],
    '✗ Port 1 is taken.',
  ],
  ['no memory', [STARTS, 'FATAL ERROR: heap out of memory', '---- trace'], 'FATAL ERROR: heap out of memory'],
  ['kill -9', [STARTS, '12:31:05.1 error GET /rollbar/test 500', 'Error: of a request'], undefined],
  ['kill -9 after an earlier run failed', ['TypeError: old', 'Node.js v24.21.0', STARTS, 'ready'], undefined],
])('the error with which a process ended: %s', (_case, lines, error) => {
  expect(findFatalError(lines)).toBe(error)
})
