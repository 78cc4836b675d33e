// Installs the packages of package-lock.json. Plain JavaScript without dependencies, as bootstrap.mjs.
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const INSTALL_LOCK = join(ROOT, '.workspace', 'run', 'install.pid')
const INSTALL_LOG = join(ROOT, '.workspace', 'run', 'install.log')
const OTHER_INSTALL_TIMEOUT_MS = 10 * 60_000
const LOOK_MS = 300
/** Ctrl-C, `kill`, and the closing of the terminal. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** What to do where npm has failed. */
const FIXES = {
  certificate:
    'npm does not trust the certificate of its registry, which a proxy on the way has replaced. Name the file with the certificate of the proxy’s authority (export NODE_EXTRA_CA_CERTS=/path/to/authority.pem), and run this again.',
  offline:
    'The npm registry cannot be reached. Connect, or point npm at a mirror (npm config set registry …), and run this again.',
  other: 'npm’s own output is above. Run this again; if it fails again, delete node_modules first.',
}
/** The pid of the `npm ci` that this run waits for. */
let installer

/**
 * Whether every package of the lockfile is installed in its version. npm writes node_modules/.package-lock.json last,
 * so after an interrupted install the file is missing. Optional packages may be missing: most are for other platforms.
 */
export function isInstalled(folder) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages ?? {}
  const found = readJson(join(folder, 'node_modules', '.package-lock.json'))?.packages
  if (!found) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '' || found[path]?.version === version) return true
    return optional === true && found[path] === undefined
  })
}

/**
 * Installs the packages, or waits for an installation that another run of this script has begun. npm runs in a separate
 * session and writes to a file, so that Ctrl-C, the closing of the terminal or the end of this script do not end it half
 * way: the next run waits for it, and installs nothing again.
 */
export async function install(folder) {
  const startedAt = performance.now()
  const endAnnouncement = announceInterrupt()
  const deadline = startedAt + OTHER_INSTALL_TIMEOUT_MS
  let code = 0
  for (;;) {
    const other = takeInstallLock()
    if (!other) {
      code = isInstalled(folder) ? 0 : await npmCi(folder)
      rmSync(INSTALL_LOCK, { force: true })
      break
    }
    if (!installer) process.stderr.write('… Waiting for the installation that is under way.\n')
    installer = other
    await new Promise((wake) => setTimeout(wake, LOOK_MS))
    if (performance.now() > deadline) {
      fail(`The installation (pid ${other}) does not end.`, `kill ${other}, and run this again.`)
    }
  }
  endAnnouncement()
  if (code !== 0) {
    const output = readText(INSTALL_LOG)?.slice(-20_000) ?? ''
    process.stderr.write(output)
    fail(
      `The packages could not be installed: npm ci ended with ${code ?? 'a signal'}.`,
      FIXES[whyNpmFailed(output)],
    )
  }
  process.stderr.write(`✓ Packages installed (${((performance.now() - startedAt) / 1000).toFixed(0)} s).\n`)
}

/** Why npm has failed, by its output. The codes of certificates are Node's (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
export function whyNpmFailed(output) {
  if (
    /\b(UNABLE_TO_(VERIFY|GET_ISSUER|DECRYPT)|(DEPTH_ZERO_)?SELF_SIGNED_CERT|CERT_[A-Z]|ERR_TLS_CERT)/.test(
      output,
    )
  ) {
    return 'certificate'
  }
  if (/E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH)|network/i.test(output))
    return 'offline'
  return 'other'
}

/** Says what goes on where a signal ends this script during an installation; until the result is called. */
function announceInterrupt() {
  return onEndSignals((signal) => {
    if (installer) {
      process.stderr.write(
        `\n! The installation goes on in the background. Run this again: it waits for the end and continues from there.\n  → To stop it instead: kill ${installer}\n`,
      )
    }
    endBySignal(signal)
  })
}

/** Calls `handle` with each signal that would end this script. Returns the function that ends this. */
export function onEndSignals(handle) {
  for (const signal of END_SIGNALS) process.on(signal, handle)
  return () => {
    for (const signal of END_SIGNALS) process.off(signal, handle)
  }
}

/** Ends this script by the signal, as without a handler. */
export function endBySignal(signal) {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** Runs `npm ci` with the npm that started this script, else with the one on PATH. The lock is npm's meanwhile. */
function npmCi(folder) {
  process.stderr.write('… Installing packages (npm ci): half a minute, once.\n')
  const npm = process.env.npm_execpath
  const [file, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const log = openSync(INSTALL_LOG, 'w', 0o600)
  const child = spawn(file, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  installer = child.pid
  if (child.pid) writeLock(child.pid, (temporary) => renameSync(temporary, INSTALL_LOCK))
  return new Promise((done) => {
    child.on('error', (error) => {
      writeFileSync(INSTALL_LOG, `${error.message}\n`)
      done(127)
    })
    child.on('exit', done)
  })
}

/** Takes the lock for this process; the pid of its holder where an installation is under way. */
function takeInstallLock() {
  try {
    mkdirSync(dirname(INSTALL_LOCK), { recursive: true, mode: 0o700 })
    for (;;) {
      try {
        writeLock(process.pid, (temporary) => linkSync(temporary, INSTALL_LOCK))
        return undefined
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const text = readText(INSTALL_LOCK)
      const [pid, ...start] = text?.split(' ') ?? []
      if (pid && startTimeOf(pid) === start.join(' ')) return Number(pid)
      removeStaleLock(text)
    }
  } catch (error) {
    return fail(
      `${dirname(INSTALL_LOCK)} cannot be written (${error.code}), and packages cannot be installed without it.`,
      fixUnwritable({
        code: error.code,
        folder: dirname(INSTALL_LOCK),
        root: ROOT,
        uid: process.getuid?.() ?? 0,
      }),
    )
  }
}

/**
 * What to do where a folder of the clone `root` cannot be written by the user with this uid. A clone of another user, who is
 * not root, stays that user's: settings/owner.ts prints the same command for it.
 *
 * @public install.test.ts loads it by its path, since this script has no types.
 */
export function fixUnwritable({ code, folder, root, uid }) {
  const quoted = (path) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
  const state = join(root, '.workspace')
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `Move the file away that is in its place: mv ${quoted(state)} ${quoted(`${state}.away`)}`
  const owner = statSync(root).uid
  if (owner !== uid && owner !== 0 && uid !== 0)
    return `git clone --no-local --upload-pack 'git -c safe.directory=* upload-pack' ${quoted(root)} ~/tracing`
  if ((code !== 'EACCES' && code !== 'EPERM') || uid === 0)
    return `Work in a copy on a disk that can be written: git clone ${quoted(root)} ~/tracing`
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  const part = existing === root || owner !== uid ? root : state
  return statSync(existing).uid === uid
    ? `chmod -R u+rwX ${quoted(part)}`
    : `sudo chown -R "$(id -un)" ${quoted(part)}`
}

/** Removes the lock whose holder has ended. What another run has put there since it was read goes back to its place. */
function removeStaleLock(text) {
  const stale = `${INSTALL_LOCK}.${process.pid}.stale`
  try {
    renameSync(INSTALL_LOCK, stale)
    if (readText(stale) !== text) linkSync(stale, INSTALL_LOCK)
  } catch (error) {
    // ENOENT: another run has removed it. EEXIST: another run has taken the lock.
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(stale, { force: true })
  }
}

/** Writes pid and start time to a file, which `place` gives the lock's name: a reader never sees a part. */
function writeLock(pid, place) {
  const temporary = `${INSTALL_LOCK}.${process.pid}`
  writeFileSync(temporary, `${pid} ${startTimeOf(pid)}`, { mode: 0o600 })
  try {
    place(temporary)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/**
 * When a process started, as text; undefined where no process has the pid. With the pid it names one process, also after
 * a restart of the machine: proc_pid_stat(5), field 22 (ticks since boot) and the boot's id on Linux, `ps` elsewhere.
 */
function startTimeOf(pid) {
  if (process.platform !== 'linux') {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env })
    return stdout?.trim() || undefined
  }
  const stat = readText(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie has ended: without an init in a container, none collects it.
  if (!fields || fields[0] === 'Z') return undefined
  return `${fields[19]}@${readText('/proc/sys/kernel/random/boot_id')?.slice(0, 8)}`
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

export function fail(message, fix) {
  process.stderr.write(`✗ ${message}\n  → ${fix}\n`)
  process.exit(1)
}
