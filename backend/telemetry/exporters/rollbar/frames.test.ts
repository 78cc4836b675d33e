import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { copyError } from '../../errors/reported-error.ts'
import { framesOf } from './frames.ts'

const frames = async (...lines: string[]) =>
  (
    await framesOf(
      [{ type: 'Error', message: '', frames: lines.map((line) => `    at ${line}`) }],
      import.meta.dirname,
    )
  )[0]

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
    const [[...sent] = []] = await framesOf([copyError({ stack, message: 'x' }, (text) => text)], folder)
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

describe('only source files of the application and of packages are read', () => {
  let folder: string
  const root = () => join(folder, 'app')

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'frames-')))
    const write = (path: string, text = 'the first line\n') => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    for (const path of [
      'app/a.js',
      'app/..b/a.tsx',
      'app/.env',
      'app/large.js',
      'elsewhere/a.js',
      'apples/a.js',
    ]) {
      write(path, path === 'app/large.js' ? 'x\n'.repeat(1.1e6) : undefined)
    }
    write('node_modules/of-a-parent/index.cjs')
    mkdirSync(join(folder, 'app/folder.js'))
    execFileSync('mkfifo', [join(folder, 'app/pipe.js')])
    symlinkSync(join(folder, 'elsewhere/a.js'), join(folder, 'app/link-out.js'))
    symlinkSync(join(folder, 'app/.env'), join(folder, 'app/link-to-env.js'))
    symlinkSync('/dev/zero', join(folder, 'app/link-to-zero.js'))
    symlinkSync(root(), join(folder, 'linked-app'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const codeOf = async (path: string, rootFolder = root()) => {
    const frames = [`    at f (${path}:1:1)`]
    const [[frame] = []] = await framesOf([{ type: 'Error', message: '', frames }], rootFolder)
    return frame?.code
  }

  test.each(['app/a.js', 'app/..b/a.tsx', 'node_modules/of-a-parent/index.cjs'])('%s is', async (path) => {
    expect(await codeOf(join(folder, path))).toBe('the first line')
  })

  test('and so is a file of a root that is a link, by either name', async () => {
    const linked = join(folder, 'linked-app')
    expect(await codeOf(join(linked, 'a.js'), linked)).toBe('the first line')
    expect(await codeOf(join(folder, 'app/a.js'), linked)).toBe('the first line')
  })

  test.each([
    'app/.env',
    'app/large.js',
    'app/folder.js',
    'app/pipe.js',
    'app/link-out.js',
    'app/link-to-env.js',
    'app/link-to-zero.js',
    'app/../elsewhere/a.js',
    'app/missing.js',
    'elsewhere/a.js',
    'apples/a.js',
  ])('%s is not', async (path) => {
    expect(await codeOf(`${folder}/${path}`)).toBeUndefined()
  })

  test.each(['/etc/passwd', '/proc/self/environ', '/dev/zero', 'file:///etc/passwd'])(
    '%s is not',
    async (path) => {
      expect(await codeOf(path)).toBeUndefined()
      expect(await codeOf(path, '/')).toBeUndefined()
    },
  )

  test('a root that does not exist', async () => {
    expect(await codeOf(join(folder, 'app/a.js'), join(folder, 'missing'))).toBeUndefined()
  })
})

test('a disk that does not answer delays an item by a second', async () => {
  const { stat } = promises
  const setStat = (to: typeof stat) => {
    promises.stat = to
    syncBuiltinESMExports()
  }
  setStat((() => new Promise(() => {})) as never)
  onTestFinished(() => setStat(stat))
  const line = `    at f (${import.meta.filename}:1:1)`
  const error = { type: 'Error', message: '', frames: [line] }
  // It waits and computes nothing, so that CPU time would say nothing.
  const startedAt = performance.now()
  const frame = { filename: import.meta.filename, lineno: 1, colno: 1, method: 'f' }
  expect(await framesOf([error], import.meta.dirname)).toEqual([[frame]])
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
