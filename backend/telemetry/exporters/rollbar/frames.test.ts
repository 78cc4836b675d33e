import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyError } from '../../errors/reported-error.ts'
import { framesOf } from './frames.ts'

const frames = async (...lines: string[]) =>
  (await framesOf([{ type: 'Error', message: '', frames: lines.map((line) => `    at ${line}`) }]))[0]

describe('files in a folder with a space and letters other than ASCII’s', () => {
  let folder: string

  beforeAll(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'frames-')), 'größe 大 (1)')
    mkdirSync(folder)
  })
  afterAll(() => rmSync(join(folder, '..'), { recursive: true }))

  const SOURCE = [
    'const before = 1',
    '',
    'export function fail() {',
    "  throw new Error('x')",
    '}',
    '// after',
    '',
  ]
  const OUTPUT =
    "process.on('uncaughtException', (error) => { process.stdout.write(error.stack) }); process.nextTick(fail);"

  test.each([
    ['an ES module', 'a b.mjs', ''],
    ['TypeScript', 'c.mts', 'const typed: number = 2'],
    ['a CommonJS module', 'd.cjs', ''],
  ])('%s: the path is the file’s, and the lines around the throw are sent', async (_what, name, first) => {
    const path = join(folder, name)
    const source = name.endsWith('.cjs') ? SOURCE.join('\n').replace('export ', '') : SOURCE.join('\n')
    writeFileSync(path, `${first}\n${source}${OUTPUT}\n`)
    const stack = execFileSync(process.execPath, ['--no-warnings', path], { encoding: 'utf8' })
    const [[...sent] = []] = await framesOf([copyError({ stack, message: 'x' }, (text) => text)])
    expect(sent.at(-1)).toEqual({
      filename: path,
      lineno: 5,
      colno: 9,
      method: 'fail',
      code: "  throw new Error('x')",
      context: {
        pre: ['const before = 1', '', expect.stringContaining('function fail() {')],
        post: ['}', '// after', expect.any(String)],
      },
    })
  })
})

test.each([
  ['fail (/srv/a b/x.js:1:2)', { filename: '/srv/a b/x.js', lineno: 1, colno: 2, method: 'fail' }],
  ['/srv/a (b)/x.js:1:2', { filename: '/srv/a (b)/x.js', lineno: 1, colno: 2 }],
  ['file:///srv/a%20b/x.js:1:2', { filename: '/srv/a b/x.js', lineno: 1, colno: 2 }],
  ['async Promise.all (index 0)', { filename: 'index 0', method: 'Promise.all' }],
  ['async file:///srv/x.ts:3:4', { filename: '/srv/x.ts', lineno: 3, colno: 4 }],
  ['new Order (file:///srv/x.ts:3:4)', { filename: '/srv/x.ts', lineno: 3, colno: 4, method: 'new Order' }],
  [
    'Object.<anonymous> [as fail] (/x.js:1:2)',
    { filename: '/x.js', lineno: 1, colno: 2, method: 'Object.<anonymous> [as fail]' },
  ],
  ['node:internal/main:1:2', { filename: 'node:internal/main', lineno: 1, colno: 2 }],
  ['JSON.parse (<anonymous>)', { filename: '<anonymous>', method: 'JSON.parse' }],
  [
    'eval (eval at f (/x.js:1:2), <anonymous>:3:4)',
    { filename: 'eval at f (/x.js:1:2), <anonymous>', lineno: 3, colno: 4, method: 'eval' },
  ],
  ['file://%E0%A4%A/x.js:1:2', { filename: 'file://%E0%A4%A/x.js', lineno: 1, colno: 2 }],
])('the line "at %s" is a frame', async (line, frame) => {
  expect(await frames(line)).toEqual([frame])
})

test('the innermost call is last, and a file that has changed since has no code beyond its end', async () => {
  const url = pathToFileURL(import.meta.filename).href
  const [outer, inner] = (await frames(`inner (${url}:1:1)`, `outer (${url}:99999:1)`)) ?? []
  expect(inner).toMatchObject({
    method: 'inner',
    code: "import { execFileSync } from 'node:child_process'",
    context: { pre: [] },
  })
  expect(outer).toEqual({ method: 'outer', filename: import.meta.filename, lineno: 99999, colno: 1 })
})
