import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../tests/harness/processes.ts'
import { openLog, readTail } from './log-file.ts'
import { FollowedFile, showLogs } from './log-follow.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'logs-'))
  path = join(directory, 'api.log')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a log', () => {
  test('goes on with each run, under a line with the time', () => {
    for (let run = 0; run < 2; run++) closeSync(openLog(directory, 'api').fd)
    expect(readFileSync(path, 'utf8')).toMatch(/^(── \d{4}-\d\d-\d\dT\S+Z api starts ──\n){2}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('that has grown too long makes room', () => {
    writeFileSync(`${path}.1`, 'older')
    writeFileSync(path, 'x'.repeat(200))
    const { fd, offset } = openLog(directory, 'api', 100)
    closeSync(fd)
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('x'.repeat(200))
    expect(statSync(path).size).toBe(offset)
  })
})

describe('the last lines', () => {
  test('of a long file, a short one, none', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} – ü`)
    writeFileSync(path, `${lines.join('\n')}\n`)
    expect(readTail(path, 50).lines).toEqual(lines.slice(-50))
    expect(readTail(path, 50_000).lines).toEqual(lines)
    writeFileSync(path, 'one\ntwo\n')
    expect(readTail(path, 1)).toEqual({ lines: ['two'], offset: 8 })
    expect(readTail(join(directory, 'none.log'), 5)).toEqual({ lines: [], offset: 0 })
  })

  test('of a line that is still being written, nothing', () => {
    writeFileSync(path, 'one\ntw')
    expect(readTail(path, 5)).toEqual({ lines: ['one'], offset: 4 })
  })
})

describe('following', () => {
  test('gives whole lines, whatever the pieces they are written in', () => {
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

  test('goes on when the file is cut short', () => {
    const file = new FollowedFile(path)
    writeFileSync(path, 'one\n')
    expect(file.read()).toEqual(['one'])
    truncateSync(path)
    expect(file.read()).toEqual([])
    appendFileSync(path, 'two\n')
    expect(file.read()).toEqual(['two'])
    file.close()
  })

  test('goes on in the new file after a rotation, having read the old one to its end', () => {
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

  beforeEach(() => {
    shown.length = 0
  })

  test('shows what there is of all, or of those named', async () => {
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
    await until(
      () => shown.includes('api: two'),
      'the second line',
      () => shown.join(),
    )
    writeFileSync(join(directory, 'sandbox.log'), 'three\n')
    await until(
      () => shown.includes('sandbox: three'),
      'the other log',
      () => shown.join(),
    )
    end.abort()
    await ended
    expect(shown).toEqual(['api: one', 'api: two', 'sandbox: three'])
  })
})
