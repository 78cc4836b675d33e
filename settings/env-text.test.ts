import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { findProgram } from '../tests/harness/process.ts'
import { temporaryFolder } from '../tests/harness/temporary-folder.ts'
import { readEnvText } from './env-text.ts'
import { readRawSettings } from './read.ts'

let file: string

beforeEach(() => {
  file = join(temporaryFolder(), '.env')
})

const TEXT = 'HONEYCOMB_API_KEY=canary\nROLLBAR_ENVIRONMENT=café\n'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

test.each([
  ['a byte order mark', `\uFEFF${TEXT}`],
  ['lines that end as on Windows', TEXT.replaceAll('\n', '\r\n')],
  ['both', `\uFEFF${TEXT.replaceAll('\n', '\r\n')}`],
  ['no line break at its end', TEXT.trimEnd()],
])('a file with %s is read', (_what, text) => {
  writeFileSync(file, text)
  const raw = readRawSettings({ WORKSPACE_ENV_FILE: file })
  expect(raw.HONEYCOMB_API_KEY).toEqual({ value: 'canary', source: '.env' })
  expect(raw.ROLLBAR_ENVIRONMENT).toEqual({ value: 'café', source: '.env' })
})

test.each([
  ['UTF-16 as PowerShell writes it', utf16(`\uFEFF${TEXT}`), 'is in UTF-16LE, and only UTF-8 can be read'],
  ['UTF-16 of the other byte order', utf16(`\uFEFF${TEXT}`).swap16(), 'is in UTF-16BE'],
  ['UTF-16 without a mark', utf16(TEXT), 'is in UTF-16LE'],
  ['that without a mark in the other byte order', utf16(TEXT).swap16(), 'is in UTF-16BE'],
  ['Latin-1', Buffer.from(TEXT, 'latin1'), 'is not in UTF-8: line 2 has a character of another encoding'],
  ['a NUL', Buffer.from(`A=1\n${TEXT}\0`), 'has a NUL character in line 4'],
  [
    'more than 64 KiB',
    Buffer.from(`${TEXT}A=${'x'.repeat(64 * 1024)}`),
    'has 65589 bytes, and at most 65536',
  ],
  ['an endless gap', Buffer.from(`${TEXT}${'\n'.repeat(60_000)}`), 'a thousand spaces or empty lines'],
])('%s is an error in words, without the secret', (_what, bytes, words) => {
  writeFileSync(file, bytes)
  const attempt = () => readRawSettings({ WORKSPACE_ENV_FILE: file })
  expect(attempt).toThrow(expect.objectContaining({ name: 'UserError', code: 'ENV_FILE_UNREADABLE' }))
  expect(attempt).toThrow(words)
  expect(attempt).not.toThrow('canary')
})

const fixOf = () => {
  try {
    readEnvText(file)
    return ''
  } catch (error) {
    return (error as { fix: string }).fix
  }
}

const iconv = findProgram(['iconv', '--version'])

test.skipIf(!iconv.isThere).each([
  ['UTF-16', utf16(`\uFEFF${TEXT}`)],
  ['UTF-16 of the other byte order', utf16(`\uFEFF${TEXT}`).swap16()],
  ['UTF-16 without a mark', utf16(TEXT)],
  ['Latin-1', Buffer.from(TEXT, 'latin1')],
  ['a NUL', Buffer.from(`\0${TEXT}`)],
])(`the command of the error makes a file in %s readable (${iconv.kind})`, (_what, bytes) => {
  writeFileSync(file, bytes, { mode: 0o600 })
  const command = fixOf().split(/status bar; or: |Remove it: /)[1] ?? ''
  execFileSync('sh', ['-c', command])
  expect(readEnvText(file)).toBe(TEXT)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(dirname(file))).toEqual(['.env'])
})

test('a folder and a pipe are errors with their fix, and the null device is empty', () => {
  mkdirSync(file)
  expect(() => readEnvText(file)).toThrow('is a folder')
  expect(fixOf()).toContain('WORKSPACE_ENV_FILE')
  file = `${file}.pipe`
  execFileSync('mkfifo', [file])
  expect(() => readEnvText(file)).toThrow('is no regular file')
  expect(readEnvText(devNull)).toBe('')
  expect(readEnvText(`${file}.missing`)).toBeUndefined()
})
