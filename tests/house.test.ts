import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** Which room may import which; each may import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  settings: ['contracts'],
  scripts: ['settings', 'contracts', 'workshop'],
  workshop: ['contracts'],
  backend: ['settings', 'contracts'],
  sandbox: ['settings', 'contracts'],
}

test.each(Object.entries(MAY_IMPORT))('%s imports only itself and %j', (room, allowed) => {
  const strays = sources(room).flatMap((file) =>
    relativeImports(file)
      .map((target) => relative(ROOT, resolve(dirname(file), target)).split('/')[0] ?? '')
      .filter((target) => target !== room && target !== 'package.json' && !allowed.includes(target))
      .map((target) => `${relative(ROOT, file)} imports ${target}/`),
  )
  expect(strays).toEqual([])
})

test('backend/telemetry imports nothing of the sample, so that it can be taken along', () => {
  const inside = join(ROOT, 'backend', 'telemetry')
  const strays = sources('backend/telemetry').flatMap((file) =>
    relativeImports(file)
      .map((target) => resolve(dirname(file), target))
      .filter((target) => !target.startsWith(inside) && !target.startsWith(join(ROOT, 'contracts')))
      .map((target) => `${relative(ROOT, file)} imports ${relative(ROOT, target)}`),
  )
  expect(strays).toEqual([])
})

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/(\.|-for-)test\.ts$/.test(entry.name))
    .filter((entry) => !/\/(fixtures|testing)(\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
}

function relativeImports(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import|import\()\s*'(\.[^']*)'/g)].map(
    ([, path = '']) => path,
  )
}
