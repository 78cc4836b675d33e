import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { licensedPackages, licenseList } from './licenses.ts'
import { Lockfile } from './lockfile.ts'

const read = (path: string) =>
  Lockfile.parse(JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')))

/** Licenses that allow every use, if their text is kept. */
const PERMISSIVE = [
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', '(MIT AND Zlib)'],
]
/** Licenses that also want changes of the package published: used as they are, by commands, tests and builds only. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'LGPL-3.0+': ['openpgp'],
  'MPL-2.0': ['axe-core', 'lightningcss'],
  '(MIT AND BSD)': ['dictionary-en'],
  'MIT OR Apache-2.0': ['@biomejs/'],
}

describe.each(['package-lock.json', 'bench/package-lock.json'])('every package of %s', (path) => {
  const packages = licensedPackages(read(path))

  test('has a license that allows its use here', () => {
    const unknown = packages.filter(
      ({ id, license, isDevelopment }) =>
        !PERMISSIVE.includes(license) &&
        !(isDevelopment && OTHERS[license]?.some((name) => id.startsWith(name))),
    )
    expect(unknown).toEqual([])
  })
})

const lock = Lockfile.parse({
  lockfileVersion: 3,
  packages: {
    '': { version: '1.0.0', license: 'MIT' },
    'node_modules/b': { version: '2.0.0', license: 'ISC', dev: true },
    'node_modules/a/node_modules/b': { version: '2.0.0', license: 'ISC' },
    'node_modules/@x/c': { version: '1.0.0', dev: true },
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
  },
})

test('a package counts once, and as one of the services where one of them needs it', () => {
  expect(licensedPackages(lock)).toEqual([
    { id: '@x/c@1.0.0', license: 'none', isDevelopment: true },
    { id: 'a@1.0.0', license: 'MIT', isDevelopment: false },
    { id: 'b@2.0.0', license: 'ISC', isDevelopment: false },
  ])
})

test('the list has the packages by license', () => {
  expect(licenseList(licensedPackages(lock))).toBe(`The services: 2 packages

ISC
  b@2.0.0

MIT
  a@1.0.0

Commands, tests and builds: 1 packages

none
  @x/c@1.0.0
`)
})
