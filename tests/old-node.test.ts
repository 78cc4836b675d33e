import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BUILT } from './harness/built-program.ts'
import { ROOT, skipped } from './harness/process.ts'
import { run } from './harness/run.ts'
import { IS_LONG } from './harness/scale.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'

/** The last release of each Node that a machine may begin with, with the npm that comes with it. */
const OLD = [
  { node: '18.20.8', npm: '10.8.2' },
  { node: '20.20.2', npm: '10.8.2' },
]
/** This machine's variables: they may have npm’s settings and certificates. */
const outside = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
const platform = `${process.platform}-${process.arch}`
const why = !IS_LONG
  ? skipped('npm run test:long installs Node 18 and 20')
  : platform === 'linux-x64'
    ? undefined
    : skipped(`Node 18 is installed for linux-x64 only, and this is ${platform}`)

// Other platforms: the job `set-up` of .github/workflows/ci.yml.
describe.skipIf(why)('on a machine with an old Node and its npm', () => {
  test.each(OLD)('Node $node, npm $npm: the first command installs Node 24 and runs with it', async (old) => {
    const bin = await install(old)
    const project = temporaryFolder()
    for (const name of ['bootstrap.mjs', 'install.mjs'])
      cpSync(join(ROOT, 'scripts', name), join(project, 'scripts', name))
    cpSync(join(ROOT, 'tests/fixtures/hello.ts'), join(project, 'scripts/commands/hello.ts'))
    cpSync(join(ROOT, '.npmrc'), join(project, '.npmrc'))
    // The platform packages of package.json, and nothing else, by the hashes of the lockfile.
    const { optionalDependencies } = readJson('package.json')
    const manifest = { name: 'p', version: '1.0.0', type: 'module', optionalDependencies }
    const scripts = { hello: 'node scripts/bootstrap.mjs hello' }
    const packages = Object.entries(readJson('package-lock.json').packages).filter(
      ([path]) => path.slice('node_modules/'.length) in optionalDependencies,
    )
    writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, scripts }))
    writeFileSync(
      join(project, 'package-lock.json'),
      JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries([['', manifest], ...packages]) }),
    )
    const env = { ...outside, PATH: `${bin}:/usr/bin:/bin` }
    const first = await run(join(bin, 'npm'), ['run', '--silent', 'hello', 'you'], { cwd: project, env })
    const wanted = optionalDependencies[`node-${platform}`]
    expect(first.stdout, first.stderr).toBe(`hello you from v${wanted}\n`)
    expect(first.code).toBe(0)
    expect(existsSync(join(project, 'node_modules/.bin/node'))).toBe(true)
  })
})

interface Json {
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly packages: Readonly<Record<string, unknown>>
}

const readJson = (name: string): Json => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))

/** Installs a Node and its npm with the npm of this machine; returns the folder with both programs. */
async function install({ node, npm }: { node: string; npm: string }): Promise<string> {
  const folder = join(BUILT, `node-${node}`)
  const bin = join(folder, 'bin')
  if (existsSync(bin)) return bin
  mkdirSync(folder, { recursive: true })
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    `node-${platform}@${node}`,
    `npm@${npm}`,
  ]
  const { code, stderr } = await run('npm', args, {
    cwd: folder,
    env: outside,
  })
  expect(code, stderr).toBe(0)
  mkdirSync(bin)
  symlinkSync(join('..', 'node_modules', `node-${platform}`, 'bin', 'node'), join(bin, 'node'))
  symlinkSync(join('..', 'node_modules', 'npm', 'bin', 'npm-cli.js'), join(bin, 'npm'))
  return bin
}
