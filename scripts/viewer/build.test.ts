import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { buildViewer, type ViewerFolders } from './build.ts'

const CACHE = resolve(import.meta.dirname, '..', '..', 'node_modules', '.cache')

let folder: string
let folders: ViewerFolders

beforeEach(() => {
  // Below node_modules, so that the configuration finds Vite.
  mkdirSync(CACHE, { recursive: true })
  folder = mkdtempSync(join(CACHE, 'viewer-build-'))
  folders = { source: join(folder, 'app'), built: join(folder, 'built') }
  mkdirSync(folders.source)
  write('vite.config.ts', 'export default { base: "./" }')
  write(
    'index.html',
    '<!doctype html><html><head></head><body><script type="module" src="./main.ts"></script></body></html>',
  )
  write('main.ts', 'document.title = "one"')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, text: string) => writeFileSync(join(folders.source, name), text)
const script = () => {
  const assets = join(folders.built, 'assets')
  return readdirSync(assets)
    .map((name) => readFileSync(join(assets, name), 'utf8'))
    .join()
}

test('is built when it is missing or its source has changed, and not again', async () => {
  expect(await buildViewer(folders)).toEqual({ state: 'built' })
  expect(script()).toContain('one')
  expect(await buildViewer(folders)).toEqual({ state: 'current' })
  write('main.ts', 'document.title = "two"')
  expect(await buildViewer(folders)).toEqual({ state: 'built' })
  expect(script()).toContain('two')
})

test('the services that start after a build do not inherit its NODE_ENV', async () => {
  vi.stubEnv('NODE_ENV', undefined)
  await buildViewer(folders)
  expect(process.env.NODE_ENV).toBeUndefined()
})

test('two builds at once leave one complete viewer and nothing else', async () => {
  const both = await Promise.all([buildViewer(folders), buildViewer(folders)])
  expect(both).toEqual([{ state: 'built' }, { state: 'built' }])
  expect(readdirSync(folder).toSorted()).toEqual(['app', 'built'])
  expect(existsSync(join(folders.built, 'index.html'))).toBe(true)
})

test('a build removes the folders of builds that were killed', async () => {
  for (const name of ['built-4999999-a1B2c3', 'built-old']) {
    mkdirSync(join(folder, name))
    utimesSync(join(folder, name), 1, 1)
  }
  await buildViewer(folders)
  expect(readdirSync(folder).toSorted()).toEqual(['app', 'built'])
})

test('a failed build returns its reason, and the previous viewer stays', async () => {
  await buildViewer(folders)
  write('main.ts', 'import "./nowhere.ts"')
  expect(await buildViewer(folders)).toEqual({ state: 'failed', why: expect.stringContaining('nowhere.ts') })
  expect(script()).toContain('one')
  expect(readdirSync(folder).toSorted()).toEqual(['app', 'built'])
})
