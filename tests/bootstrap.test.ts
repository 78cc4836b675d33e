import { execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run } from './harness/run.ts'
import { bareEnvironment } from './harness/workspace.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** The machine's own Node, not the one in node_modules. */
const outerNode = findOuterNode()

let template: string
let project: string

/** A project like ours with one dependency, a tarball beside it, so that installing needs no network. */
beforeAll(() => {
  template = mkdtempSync(join(tmpdir(), 'bootstrap-template-'))
  project = template
  mkdirSync(join(project, 'scripts', 'commands'), { recursive: true })
  mkdirSync(join(project, 'dependency'))
  copyFileSync(join(ROOT, 'scripts', 'bootstrap.mjs'), join(project, 'scripts', 'bootstrap.mjs'))
  write('dependency/package.json', { name: 'dependency', version: '1.0.0' })
  npm(['pack', './dependency'])
  write('package.json', {
    name: 'p',
    private: true,
    dependencies: { dependency: 'file:dependency-1.0.0.tgz' },
  })
  npm(['install', '--offline'])
  copyFileSync(join(ROOT, 'tests', 'fixtures', 'hello.ts'), join(project, 'scripts', 'commands', 'hello.ts'))
})

afterAll(() => rmSync(template, { recursive: true, force: true }))

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'bootstrap-'))
  cpSync(template, project, { recursive: true })
})

afterEach(() => rmSync(project, { recursive: true, force: true }))

describe('the bootstrap', () => {
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

  test('succeeds when it was killed during an install and is run again', async () => {
    removeModules()
    const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'hello'], {
      cwd: project,
      env: bareEnvironment(),
      stdio: 'ignore',
    })
    await expect
      .poll(() => existsSync(join(project, '.workspace', 'run', 'install.pid')), {
        timeout: 5_000,
        interval: 5,
      })
      .toBe(true)
    child.kill('SIGKILL')
    const { code, stdout, stderr } = await bootstrap('hello', 'again')
    expect(stdout, stderr).toContain('hello again')
    expect(code).toBe(0)
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
    const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'hello', 'wait'], {
      cwd: project,
      env: bareEnvironment(),
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    const exited = new Promise((done) => child.once('exit', done))
    await expect.poll(() => output, { timeout: 5_000 }).toContain('waiting')
    child.kill('SIGTERM')
    expect(await exited).toBe(3)
    expect(output).toContain('told to end')
  })

  test(`on ${outerNode.name}, it runs the command with the Node of the platform package`, async () => {
    installPlatformNode((path) => symlinkSync(process.execPath, path))
    const { code, stdout, stderr } = await run(outerNode.path, ['scripts/bootstrap.mjs', 'hello', 'you'], {
      cwd: project,
      env: bareEnvironment(),
    })
    expect(stdout, stderr).toBe(`hello you from ${process.version}\n`)
    expect(code).toBe(0)
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
      const { code, stderr } = await run(outerNode.path, ['scripts/bootstrap.mjs', 'hello'], {
        cwd: project,
        env: bareEnvironment(),
      })
      expect(code).toBe(1)
      expect(stderr).toContain(`Node 24 is needed, and this is v${outerNode.major}.`)
      expect(stderr).toContain('nvm install 24')
    },
  )
})

describe('the lockfile', () => {
  test(`is accepted unchanged by npm ci on ${outerNode.name}`, async () => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(ROOT, name), join(project, name))
    const before = readFileSync(join(project, 'package-lock.json'), 'utf8')
    const { code, stdout, stderr } = await run(
      outerNode.path,
      [npmCli(), 'ci', '--dry-run', '--ignore-scripts', '--loglevel=error'],
      {
        cwd: project,
        env: bareEnvironment(),
      },
    )
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(readFileSync(join(project, 'package-lock.json'), 'utf8')).toBe(before)
  })

  test('pins the Node of each platform, and no package needs an install script for it', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; integrity?: string; hasInstallScript?: boolean }>
    }
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
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(
      /"resolved"|https?:\/\/[^"]*registry/,
    )
  })

  test('has no package in two versions without a reason in docs/dependencies.md', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    const versions = new Map<string, Set<string>>()
    for (const [path, { version }] of Object.entries(packages)) {
      if (path === '') continue
      const name = path.split('node_modules/').at(-1) ?? ''
      versions.set(name, (versions.get(name) ?? new Set()).add(version))
    }
    const duplicates = [...versions].filter(([, of]) => of.size > 1).map(([name]) => name)
    const reasons = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8')
    expect(duplicates.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([])
  })
})

/** Puts a program where npm links the one of the platform package: node_modules/.bin/node. */
function installPlatformNode(put: (path: string) => void): void {
  const folder = join(project, 'node_modules', 'node-platform', 'bin')
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true })
  put(join(folder, 'node'))
  symlinkSync(join(folder, 'node'), join(project, 'node_modules', '.bin', 'node'))
}

function removeModules(): void {
  rmSync(join(project, 'node_modules'), { recursive: true })
}

function bootstrap(...args: string[]) {
  return run(process.execPath, ['scripts/bootstrap.mjs', ...args], { cwd: project, env: bareEnvironment() })
}

function write(path: string, content: unknown): void {
  writeFileSync(join(project, path), JSON.stringify(content))
}

function npm(args: string[]): void {
  execFileSync(process.execPath, [npmCli(), ...args, '--loglevel=error'], {
    cwd: project,
    env: bareEnvironment(),
    stdio: 'pipe',
  })
}

/** The path of npm's JavaScript entry. */
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
