import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { keepPackages } from './keep-packages.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keep-packages-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

/** Installs packages: each path inside node_modules with what it depends on. */
function install(packages: Readonly<Record<string, object>>): void {
  for (const path of Object.keys(packages)) write(`${path}/index.js`)
  const entries = Object.entries(packages).map(([path, entry]) => [`node_modules/${path}`, entry])
  write('.package-lock.json', JSON.stringify({ packages: Object.fromEntries(entries) }))
}

function write(path: string, text = ''): void {
  const file = join(folder, 'node_modules', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const has = (path: string) => existsSync(join(folder, 'node_modules', path))

test('keeps the named packages, and what they depend on in any way, also in a circle', () => {
  install({
    app: { dependencies: { '@scope/a': '1' }, optionalDependencies: { missing: '1' } },
    '@scope/a': { peerDependencies: { peer: '1' }, optionalDependencies: { faster: '1' } },
    peer: { dependencies: { app: '1' } },
    faster: {},
    other: { dependencies: { peer: '1' } },
  })
  keepPackages(folder, ['app'])
  expect(['app', '@scope/a', 'peer', 'faster', 'other'].filter(has)).toEqual([
    'app',
    '@scope/a',
    'peer',
    'faster',
  ])
})

test('keeps the version that each package gets: its own, else the nearest above', () => {
  install({
    app: { dependencies: { old: '1' } },
    old: { dependencies: { shared: '1', deep: '1' } },
    'old/node_modules/shared': {},
    'old/node_modules/unused': {},
    'old/node_modules/deep': { dependencies: { shared: '1', top: '1' } },
    shared: {},
    top: {},
  })
  keepPackages(folder, ['app'])
  expect(['old/node_modules/shared', 'old/node_modules/deep', 'top'].every(has)).toBe(true)
  expect(['shared', 'old/node_modules/unused'].filter(has)).toEqual([])
})

test('removes types, source maps, links to programs and npm’s list, and keeps licences', () => {
  install({ app: {} })
  const removed = ['app/index.js.map', 'app/a.d.ts', 'app/b/c.d.mts', '.bin/app', '.package-lock.json']
  const kept = ['app/index.js', 'app/data.json', 'app/LICENSE', 'app/README.md', 'app/wasts']
  for (const path of [...removed, ...kept]) if (!has(path)) write(path)
  keepPackages(folder, ['app'])
  expect(removed.filter(has)).toEqual([])
  expect(kept.filter(has)).toEqual(kept)
})

test('removes nothing where a name is not installed, or where node_modules is a link', () => {
  install({ app: {}, other: {} })
  expect(() => keepPackages(folder, ['app', 'absent'])).toThrow('absent is not installed')
  const linked = join(folder, 'linked')
  mkdirSync(linked)
  symlinkSync(join(folder, 'node_modules'), join(linked, 'node_modules'))
  expect(() => keepPackages(linked, ['app'])).toThrow('is a link')
  expect(has('other')).toBe(true)
})
