import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ROOT, spawnProcess } from './harness/process.ts'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'
import { bareEnvironment } from './harness/workspace.ts'

/** The machine's own Node, not the one in node_modules. */
const outerNode = findOuterNode()

let template: string
/** The npm of the running test, where it is not the one on PATH. */
let npmPath: string | undefined
let project: string

/** A project like ours with one dependency, a tarball beside it, so that installing needs no network. */
beforeAll(() => {
  template = mkdtempSync(join(tmpdir(), 'bootstrap-template-'))
  project = template
  mkdirSync(join(project, 'scripts', 'commands'), { recursive: true })
  mkdirSync(join(project, 'dependency'))
  for (const file of ['bootstrap.mjs', 'install.mjs'])
    copyFileSync(join(ROOT, 'scripts', file), join(project, 'scripts', file))
  write('dependency/package.json', { name: 'dependency', version: '1.0.0' })
  npm(['pack', './dependency'])
  write('package.json', {
    name: 'p',
    private: true,
    dependencies: { dependency: 'file:dependency-1.0.0.tgz' },
  })
  npm(['install', '--offline'])
  copyFileSync(join(ROOT, 'tests', 'fixtures', 'hello.ts'), join(project, 'scripts', 'commands', 'hello.ts'))
  return () => rmSync(template, { recursive: true })
})

beforeEach(() => {
  npmPath = undefined
  project = temporaryFolder()
  cpSync(template, project, { recursive: true })
})

describe('the bootstrap', () => {
  test.each([
    [{ NODE_USE_ENV_PROXY: '1', NO_PROXY: 'intranet' }, 'intranet,localhost,127.0.0.1,::1'],
    [{ NODE_USE_ENV_PROXY: '1', NO_PROXY: 'intranet', no_proxy: '' }, 'localhost,127.0.0.1,::1'],
    [{ NODE_USE_ENV_PROXY: '1', NO_PROXY: '*' }, '*'],
    [{ NO_PROXY: 'intranet' }, 'intranet'],
  ])('with %o a command uses no proxy to %s', async (variables, hosts) => {
    const source = 'console.log(process.env.no_proxy ?? process.env.NO_PROXY)'
    writeFileSync(join(project, 'scripts', 'commands', 'proxy.ts'), source)
    const file = join(project, 'scripts', 'bootstrap.mjs')
    const env = { ...bareEnvironment(), ...variables }
    const { code, stdout, stderr } = await run(process.execPath, [file, 'proxy'], { cwd: project, env })
    expect([code, stdout], stderr).toEqual([0, `${hosts}\n`])
  })

  test('installs missing packages once, and passes arguments and exit code on', async () => {
    removeModules()
    const first = await bootstrap('hello', 'you', '7')
    expect(first.stderr).toContain('Installing packages')
    expect(first).toMatchObject({ code: 7, stdout: `hello you from ${process.version}\n` })
    const second = await bootstrap('hello', 'again')
    expect(second).toMatchObject({ code: 0, stdout: `hello again from ${process.version}\n`, stderr: '' })
  })

  test.each([
    ['was interrupted', () => rmSync(join(project, 'node_modules', '.package-lock.json'))],
    [
      'belongs to another lockfile',
      () =>
        write('node_modules/.package-lock.json', {
          packages: { 'node_modules/dependency': { version: '0.9.0' } },
        }),
    ],
    ['is unreadable', () => writeFileSync(join(project, 'node_modules', '.package-lock.json'), '{')],
  ])('installs again where the installation %s', async (_name, spoil) => {
    spoil()
    const { stderr, code } = await bootstrap('hello')
    expect(stderr).toContain('Packages installed')
    expect(code).toBe(0)
  })

  test.each(scaled(['SIGINT', 'SIGKILL'] as const, ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const))(
    'with %s during an installation, that goes on, and the next run waits for it and installs nothing again',
    async (signal) => {
      removeModules()
      const npm = heldNpm()
      const first = startBootstrap('hello')
      await expect.poll(npm.runs, { timeout: 5_000, interval: 5 }).toBe(1)
      // A terminal signals every process of its foreground group.
      process.kill(-(first.child.pid ?? Number.NaN), signal)
      await first.exited
      expect(first.child.signalCode).toBe(signal)
      if (signal !== 'SIGKILL') {
        expect(first.output()).toMatch(
          /! The installation goes on in the background\..*\n {2}→ .*: kill \d+\n$/,
        )
      }
      const second = startBootstrap('hello', 'again')
      await expect.poll(second.output, { timeout: 5_000 }).toContain('Waiting for the installation')
      npm.letGo()
      expect(await second.exited, second.output()).toBe(0)
      expect(second.stdout()).toContain('hello again')
      expect(npm.runs()).toBe(1)
    },
  )

  test('two first runs at once install once, also where a killed installation has left its lock', async () => {
    removeModules()
    leaveLock()
    const npm = heldNpm()
    const both = [startBootstrap('hello', 'one'), startBootstrap('hello', 'two')]
    await expect.poll(npm.runs, { timeout: 5_000, interval: 5 }).toBe(1)
    npm.letGo()
    for (const { exited, output } of both) expect(await exited, output()).toBe(0)
    expect(npm.runs()).toBe(1)
  })

  test('a lock that an installation before a restart of the machine has left is no installation', async () => {
    removeModules()
    leaveLock()
    const { code, stderr } = await bootstrap('hello')
    expect(stderr).not.toContain('Waiting')
    expect(code).toBe(0)
  })

  test('a state folder that cannot be made is an error with its fix', async () => {
    removeModules()
    writeFileSync(join(project, '.workspace'), '')
    const { code, stderr } = await bootstrap('hello')
    expect(stderr).toMatch(
      /^✗ \S+\.workspace\/run cannot be written \(ENOTDIR\).*\n {2}→ Move the file away that is in its place: mv \S+\.workspace \S+\.away$/m,
    )
    expect(code).toBe(1)
  })

  test('prints npm’s output and a fix when packages cannot be installed', async () => {
    removeModules()
    const lock = join(project, 'package-lock.json')
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/sha512-.{8}/, 'sha512-AAAAAAAA'))
    const { code, stderr } = await bootstrap('hello')
    expect(code).toBe(1)
    expect(stderr).toMatch(/✗ The packages could not be installed: npm ci ended with \d+\.\n {2}→ /)
    expect(stderr).toContain('EINTEGRITY')
  })

  test('forwards signals, and ends as the command ends', async () => {
    const { output, stop } = startBootstrap('hello', 'wait')
    await expect.poll(output, { timeout: 5_000 }).toContain('waiting')
    expect(await stop()).toBe(3)
    expect(output()).toContain('told to end')
  })

  test(`on ${outerNode.name}, it runs the command with the Node of the platform package`, async () => {
    installPlatformNode((path) => symlinkSync(process.execPath, path))
    const { code, stdout, stderr } = await runOuterNode('scripts/bootstrap.mjs', 'hello', 'you')
    expect(stdout, stderr).toBe(`hello you from ${process.version}\n`)
    expect(code).toBe(0)
  })

  test('where npm 10 has removed its link, the Node of the platform package is linked again', async () => {
    installPlatformNode((path) => symlinkSync(process.execPath, path))
    const link = join(project, 'node_modules', '.bin', 'node')
    rmSync(link)
    const { code, stdout, stderr } = await runOuterNode('scripts/bootstrap.mjs', 'hello', 'you')
    expect(stdout, stderr).toBe(`hello you from ${process.version}\n`)
    expect(code).toBe(0)
    expect(realpathSync(link)).toBe(realpathSync(process.execPath))
  })

  test.each([
    ['does not start, as on Alpine', '#!/no/such/loader\n'],
    ['is too old', '#!/bin/sh\necho v22.1.0\n'],
  ])(
    'where the Node of the platform package %s, the machine’s own runs the command',
    async (_name, script) => {
      installPlatformNode((path) => writeFileSync(path, script, { mode: 0o755 }))
      const { code, stdout, stderr } = await bootstrap('hello', 'you')
      expect(stdout, stderr).toBe(`hello you from ${process.version}\n`)
      expect(code).toBe(0)
    },
  )

  test.skipIf(outerNode.major >= 24)(
    `on ${outerNode.name} without a platform package, it prints what to do`,
    async () => {
      const { code, stderr } = await runOuterNode('scripts/bootstrap.mjs', 'hello')
      expect(code).toBe(1)
      expect(stderr).toContain(`Node 24 is needed, and this is v${outerNode.major}.`)
      expect(stderr).toContain('nvm install 24')
    },
  )
})

describe('the lockfile', () => {
  const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
  const packages: Record<string, { version: string; integrity?: string; hasInstallScript?: boolean }> =
    JSON.parse(text).packages

  test(`is accepted unchanged by npm ci on ${outerNode.name}`, async () => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(ROOT, name), join(project, name))
    const args = ['ci', '--dry-run', '--ignore-scripts', '--loglevel=error']
    const { code, stdout, stderr } = await runOuterNode(npmCli(), ...args)
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(readFileSync(join(project, 'package-lock.json'), 'utf8')).toBe(text)
  })

  test('pins the Node of each platform, and no package needs an install script for it', () => {
    for (const platform of ['linux-x64', 'linux-arm64', 'darwin-x64', 'bin-darwin-arm64']) {
      const entry = packages[`node_modules/node-${platform}`]
      expect(Number.parseInt(entry?.version ?? '0', 10), platform).toBeGreaterThanOrEqual(24)
      expect(entry?.integrity, platform).toMatch(/^sha512-/)
    }
    const scripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript)
    // fsevents: Vite's, on macOS only. protobufjs: denied by `allowScripts`.
    expect(scripts.filter((path) => !/\/(fsevents|protobufjs)$/.test(path))).toEqual([])
  })

  test('names no registry', () => {
    expect(text).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/)
  })

  test('has no package in two versions without a reason in docs/dependencies.md', () => {
    const nameOf = (path: string) => path.split('node_modules/').at(-1) ?? ''
    const byName = Map.groupBy(Object.keys(packages), nameOf)
    const versions = (paths: string[]) => new Set(paths.map((path) => packages[path]?.version))
    const duplicates = [...byName].filter(([, paths]) => versions(paths).size > 1).map(([name]) => name)
    const reasons = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8')
    expect(duplicates.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([])
  })
})

/** Puts a program where npm links the one of the platform package: node_modules/.bin/node. */
function installPlatformNode(put: (path: string) => void): void {
  const folder = join(project, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true })
  put(join(folder, 'node'))
  symlinkSync(join(folder, 'node'), join(project, 'node_modules', '.bin', 'node'))
}

/** The lock of an installation before a restart of the machine. */
function leaveLock(): void {
  const run = join(project, '.workspace', 'run')
  mkdirSync(run, { recursive: true })
  writeFileSync(join(run, 'install.pid'), `${process.pid} 4711@another-boot`)
}

function removeModules(): void {
  rmSync(join(project, 'node_modules'), { recursive: true })
}

/** An npm that notes each run, waits until the test lets it go, and is npm then. */
function heldNpm() {
  const [file, runs, go] = ['held-npm.js', 'npm-runs', 'go'].map((name) => join(project, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(
    file,
    `const { appendFileSync, existsSync } = require('node:fs')
appendFileSync(${JSON.stringify(runs)}, 'run\\n')
const timer = setInterval(() => {
  if (!existsSync(${JSON.stringify(go)})) return
  clearInterval(timer)
  require(${JSON.stringify(npmCli())})
}, 10)
`,
  )
  npmPath = file
  return {
    runs: () => (existsSync(runs) ? readFileSync(runs, 'utf8').split('\n').length - 1 : 0),
    letGo: () => writeFileSync(go, ''),
  }
}

const inProject = () => ({
  cwd: project,
  env: { ...bareEnvironment(), ...(npmPath && { npm_execpath: npmPath }) },
})

const bootstrap = (...args: string[]) =>
  run(process.execPath, ['scripts/bootstrap.mjs', ...args], inProject())

const startBootstrap = (...args: string[]) => {
  const { cwd, env } = inProject()
  // The leader of a process group, as a terminal's foreground command is.
  return spawnProcess(['scripts/bootstrap.mjs', ...args], env, { cwd, detached: true })
}

const runOuterNode = (...args: string[]) => run(outerNode.path, args, inProject())

function write(path: string, content: unknown): void {
  writeFileSync(join(project, path), JSON.stringify(content))
}

function npm(args: string[]): void {
  execFileSync(process.execPath, [npmCli(), ...args, '--loglevel=error'], { ...inProject(), stdio: 'pipe' })
}

/** The path of npm's JavaScript entry, which any Node can run. */
function npmCli(): string {
  const npmOnPath = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
  return execFileSync('readlink', ['-f', npmOnPath], { encoding: 'utf8' }).trim()
}

function findOuterNode(): { path: string; major: number; name: string } {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
  const path =
    folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
  return { path, major: Number.parseInt(version.slice(1), 10), name: `Node ${version.slice(1)}` }
}
