import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../tests/harness/temporary-folder.ts'
import { readSource } from './read.ts'
import { readInput, readPaths } from './sources.ts'

const exported = (learner: string) =>
  JSON.stringify({ learner, exportedAt: '2026-11-26T20:00:00.000Z', chapters: [] }, null, 2)

const bomUtf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')

/** A learner’s name for each export, and what is wrong with each other object. */
function readBytes(...parts: readonly (string | Buffer)[]): string[] {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  return readSource({ name: 'f', bytes }).map((one) =>
    'content' in one ? one.content.learner : `${one.name} ${one.what}`,
  )
}

test('npm’s lines before the JSON are passed over', () => {
  const noise =
    '\n> distributed-tracing-workspace@0.1.0 workshop\n> node scripts/bootstrap.mjs workshop export\n\n'
  expect(readBytes(noise, exported('Ada'), '\n')).toEqual(['Ada'])
  expect(readBytes(noise)).toEqual([expect.stringMatching(/^f has no JSON \(\d+ lines of text\)$/)])
})

test('files of Windows are read: a byte order mark, CRLF, UTF-16 of either order', () => {
  const windows = exported('Zoë 雪').replaceAll('\n', '\r\n')
  expect(readBytes(`\ufeff${windows}`)).toEqual(['Zoë 雪'])
  expect(readBytes(bomUtf16(`> npm\r\n${windows}\r\n`))).toEqual(['Zoë 雪'])
  expect(readBytes(bomUtf16(windows).swap16())).toEqual(['Zoë 雪'])
})

test('several exports one after another, in whatever encodings', () => {
  expect(
    readBytes(exported('Ada'), bomUtf16(exported('Bo')), exported('Cy'), '\n', `\ufeff${exported('Di')}`),
  ).toEqual(['Ada', 'Bo', 'Cy', 'Di'])
  expect(readBytes(bomUtf16(exported('Ada')), bomUtf16(exported('Bo')))).toEqual(['Ada', 'Bo'])
  expect(readBytes(`[${exported('Ada')},${exported('Bo')}]`)).toEqual(['Ada', 'Bo'])
})

test('an export that is cut off hides none behind it', () => {
  for (const length of [1, 15, 30, 60, exported('Ada').length - 1]) {
    const read = readBytes(exported('Ada').slice(0, length), exported('Bo'), exported('Cy'))
    expect(read.filter((one) => !one.includes('cut off'))).toEqual(['Bo', 'Cy'])
  }
  expect(readBytes(exported('Ada').slice(0, -2))).toEqual(['f is cut off, or damaged in its middle'])
})

test.each([
  ['', 'f is empty: the export failed, or was interrupted'],
  [' \r\n', 'f is empty: the export failed, or was interrupted'],
  [Buffer.from([0x7f, 0x45, 0, 1, 2, 0]), 'f is no text'],
  ['Error: no space left', 'f has no JSON (1 lines of text)'],
  ['HONEYCOMB_API_KEY=secret\nPORT=1', 'f has no JSON (2 lines of text)'],
  ['{"version":'.repeat(3), 'f has 3 that are cut off, or damaged'],
  ['{"name": "tracing"}', 'f is JSON, but no export of the workshop'],
  ['{"version": 3, "chapters": []}', 'f is of a newer workshop (version 3)'],
  [
    exported('A').replace('2026-11-26T20:00:00.000Z', 'NaN'),
    'f is an export with a wrong value in exportedAt',
  ],
  [
    '{"learner": 1, "exportedAt": "2026-11-26T20:00:00Z", "chapters": []}',
    'f is an export with a wrong value in learner',
  ],
])('%j: %s', (content, expected) => {
  expect(readBytes(content)).toEqual([expected])
})

test('text that is made to break the reader does not hold it up', () => {
  for (const part of ['{"version":', '{', '[', '{"chapters":[', '\uFEFF{"', '{  "x": "'])
    expect(readBytes(part.repeat(30_000)).length).toBeGreaterThan(0)
  expect(readBytes(Buffer.from('fffe7b22'.repeat(30_000), 'hex')).length).toBeGreaterThan(0)
  const deep = `{"version":2,"learner":"A","exportedAt":"2026-11-26T20:00:00Z","chapters":[],"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  expect(readBytes(deep)).toEqual(['A'])
})

test('what is not a regular file is named, and never waited for', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'ada.json'), exported('Ada'))
  writeFileSync(join(folder, 'BO.JSON'), exported('Bo'))
  writeFileSync(join(folder, 'notes.txt'), 'x')
  writeFileSync(join(folder, 'large.json'), ' '.repeat(2 * 1024 * 1024))
  mkdirSync(join(folder, 'old.json'))
  mkdirSync(join(folder, 'empty'))
  spawnSync('mkfifo', [join(folder, 'pipe.json')])
  writeFileSync(join(folder, 'secret.json'), exported('Cy'))
  chmodSync(join(folder, 'secret.json'), 0)
  const read = (...paths: string[]) =>
    [...readPaths(paths, folder)].flatMap((one) => ('bytes' in one ? one.name : `${one.name} ${one.what}`))
  const ofFolder = read('.')
  // The superuser may read every file.
  const secret = process.getuid?.() === 0 ? 'secret.json' : 'secret.json may not be read by you'
  expect(ofFolder).toEqual([
    'BO.JSON',
    'ada.json',
    'large.json is too large for an export (2 MiB)',
    'old.json is a folder',
    'pipe.json is no file but a pipe or a device',
    secret,
  ])
  expect(read('ada.json', 'none.json', 'empty', '/dev/zero')).toEqual([
    'ada.json',
    'none.json does not exist',
    'empty is a folder without a .json file',
    '/dev/zero is no file but a pipe or a device',
  ])
})

test('standard input is read to a limit', async () => {
  const [all] = await readInput(Readable.from([exported('Ada'), exported('Bo')]))
  expect(all && 'bytes' in all ? readSource(all).map(({ name }) => name) : all).toEqual([
    'standard input #1',
    'standard input #2',
  ])
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(8 * 1024 * 1024)
    })(),
  )
  expect((await readInput(endless)).at(-1)).toMatchObject({ what: expect.stringContaining('64 MiB') })
})
