#!/usr/bin/env node
// The first thing that any command runs, on whatever Node (18 or later) the machine has, with nothing installed yet:
// plain JavaScript without a dependency. It installs what package-lock.json asks for and is not there, and hands over
// to Node 24, which comes as the package `node`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const MODULES = join(ROOT, 'node_modules')
const WANTED_MAJOR = 24
const INSTALL_LOCK = join(ROOT, '.workspace', 'run', 'install.pid')
const OTHER_INSTALL_TIMEOUT_MS = 10 * 60_000

/** What each npm script runs; all others are `scripts/commands/<name>.ts`. */
const TOOLS = {
  test: ['vitest/vitest.mjs', 'run'],
  'test:long': ['vitest/vitest.mjs', 'run'],
  lint: ['@biomejs/biome/bin/biome', 'check', '.'],
  format: ['@biomejs/biome/bin/biome', 'check', '--write', '.'],
  // The compiler, once for Node's files and once for the browser's.
  typecheck: ['../scripts/commands/typecheck.ts'],
}

const [command, ...args] = process.argv.slice(2)
if (!command) fail('No command was named.', 'npm run setup')
if (process.platform === 'win32')
  fail('Windows itself is not supported.', 'Use WSL: https://learn.microsoft.com/windows/wsl')

if (!isInstalled(ROOT)) await install(ROOT)
// What only the comparisons need is installed by those who run them.
if (command === 'bench' && !isInstalled(join(ROOT, 'bench'))) await install(join(ROOT, 'bench'))
run(findNode(), commandLine())

function commandLine() {
  if (command === 'bench') return [join(ROOT, 'bench', 'overhead', 'run.ts'), ...args]
  const tool = TOOLS[command]
  if (!tool) return [join(ROOT, 'scripts', 'commands', `${command}.ts`), ...args]
  const [file, ...fixed] = tool
  return [join(MODULES, file), ...fixed, ...args]
}

/**
 * Whether every package of the lockfile is there in its version. npm writes node_modules/.package-lock.json as the
 * last step of an install, so one that was interrupted has none. Packages for other platforms may be missing.
 */
function isInstalled(folder) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages ?? {}
  const found = readJson(join(folder, 'node_modules', '.package-lock.json'))?.packages
  if (!found) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '' || found[path]?.version === version) return true
    return optional === true && found[path] === undefined
  })
}

async function install(folder) {
  await waitForOtherInstall()
  if (isInstalled(folder)) return
  process.stderr.write('… Installing packages (npm ci): half a minute, once.\n')
  const startedAt = Date.now()
  const { code, output } = await npmCi(folder)
  if (code !== 0) {
    process.stderr.write(output)
    const isOffline = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|NETUNREACH)|network/i.test(output)
    fail(
      `The packages could not be installed: npm ci ended with ${code ?? 'a signal'}.`,
      isOffline
        ? 'The npm registry cannot be reached. Connect, or point npm at a mirror (npm config set registry …), and run this again.'
        : 'npm’s own words are above. Run this again; if it stays, delete node_modules first.',
    )
  }
  process.stderr.write(`✓ Packages installed (${((Date.now() - startedAt) / 1000).toFixed(0)} s).\n`)
}

/** Runs npm as the same npm that started this, if one did, and remembers its pid while it runs. */
function npmCi(folder) {
  const npm = process.env.npm_execpath
  const [file, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const child = spawn(file, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-20_000)
    })
  }
  if (child.pid) {
    mkdirSync(dirname(INSTALL_LOCK), { recursive: true })
    writeFileSync(INSTALL_LOCK, String(child.pid))
  }
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 127, output: `${error.message}\n` }))
    child.on('close', (code) => {
      rmSync(INSTALL_LOCK, { force: true })
      done({ code, output })
    })
  })
}

/** An install whose starter was killed goes on by itself, and two at once would tear at the same folder. */
async function waitForOtherInstall() {
  const deadline = Date.now() + OTHER_INSTALL_TIMEOUT_MS
  let hasSaid = false
  while (isNpm(Number(readText(INSTALL_LOCK))) && Date.now() < deadline) {
    if (!hasSaid) process.stderr.write('… Waiting for the installation that is already under way.\n')
    hasSaid = true
    await new Promise((wake) => setTimeout(wake, 300))
  }
}

function isNpm(pid) {
  if (!Number.isInteger(pid) || pid <= 1) return false
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  const args = readText(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? stdout ?? ''
  return /\bnpm\b/.test(args)
}

/** The Node that runs TypeScript as it is: the one that was installed, else the machine's own if it is new enough. */
function findNode() {
  const packaged = join(MODULES, 'node', 'bin', 'node')
  if (
    existsSync(packaged) &&
    majorOf(readJson(join(MODULES, 'node', 'package.json'))?.version) >= WANTED_MAJOR
  ) {
    if (spawnSync(packaged, ['--version']).status === 0) return packaged
  }
  if (majorOf(process.versions.node) >= WANTED_MAJOR) return process.execPath
  return fail(
    `Node ${WANTED_MAJOR} is needed, and this is ${process.version}. The package that brings it along is not installed for ${process.platform} ${process.arch}.`,
    `Install Node ${WANTED_MAJOR} (https://nodejs.org, or: nvm install ${WANTED_MAJOR}). If npm was told to skip install scripts (npm config get ignore-scripts), allow this one: npm rebuild node`,
  )
}

/** Becomes the command as far as a parent can tell: same streams, same signals, same end. */
function run(node, commandLine) {
  const child = spawn(node, commandLine, {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      // `node` in any child is the same one.
      PATH: `${dirname(node)}:${process.env.PATH ?? ''}`,
      ...(command === 'test:long' && { TEST_LONG: '1' }),
      // Compiled code is kept from one start to the next: a quarter less time to be ready.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(MODULES, '.cache', 'node-compile'),
    },
  })
  // A terminal sends Ctrl-C to the whole group, the child too; it decides, and this waits.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) =>
    fail(`${node} cannot be run: ${error.message}`, 'Delete node_modules and run this again.'),
  )
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function majorOf(version) {
  return Number.parseInt(version ?? '0', 10)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(path) {
  try {
    return JSON.parse(readText(path) ?? '')
  } catch {
    return undefined
  }
}

function fail(message, fix) {
  process.stderr.write(`✗ ${message}\n  → ${fix}\n`)
  process.exit(1)
}
