import { createHash } from 'node:crypto'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'zx'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { confirms, hasTerminal } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type DownloadLimits, download } from './download.ts'

/** The bootcamp's address. The package is not signed: only HTTPS protects the download. */
const BASE = 'https://s3.us-east-2.amazonaws.com/aws-xray-assets.us-east-2/xray-daemon'

/** The packages have 6 to 10 MB; a slow line takes minutes. */
const DEB: DownloadLimits = { maxBytes: 64 * 1024 * 1024, timeout: 300_000 }

/** How each .deb begins: it is an archive of ar. https://manpages.debian.org/deb.5 */
const AR_MAGIC = '!<arch>\n'

type DebSettings = Pick<Settings, 'WORKSPACE_STATE_DIR' | 'XRAY_DAEMON_BASE_URL'>

/** The name of AWS's package for a processor, in Node's names. Throws a UserError (DAEMON_UNSUPPORTED). */
function debName(arch: string): string {
  if (arch === 'x64' || arch === 'arm64') return `aws-xray-daemon-${arch === 'arm64' ? 'arm64-' : ''}3.x.deb`
  const what = `AWS publishes no .deb for ${arch}.`
  throw new UserError({ code: 'DAEMON_UNSUPPORTED', what, fix: 'npm run daemon' })
}

/**
 * The bootcamp's commands, which install a system package with a systemd unit. The download is in a new folder that only
 * this user may enter: in /tmp itself another user could put a package of that name, which root would install.
 */
export function debCommands(arch: string = process.arch, base = BASE): readonly string[] {
  const deb = debName(arch)
  return [
    'folder=$(mktemp -d)',
    `curl --fail --output "$folder/${deb}" ${base}/${deb}`,
    `sudo dpkg -i "$folder/${deb}"`,
  ]
}

interface DebOptions {
  readonly arch?: string
  /** Asks a person; only tests answer themselves. */
  readonly agrees?: (question: string) => Promise<boolean>
}

/**
 * Shows the commands, and does what they do when a person agrees on a terminal. The package is downloaded into a new
 * folder with mode 700, checked, and checked again before `sudo dpkg` gets it; the folder is removed afterwards. Throws a
 * UserError when a step fails.
 */
export async function installDeb(
  settings: DebSettings,
  terminal: Terminal,
  { arch = process.arch, agrees }: DebOptions = {},
): Promise<void> {
  const base = settings.XRAY_DAEMON_BASE_URL ?? BASE
  const commands = debCommands(arch, base)
  terminal.line('The bootcamp’s way, for Debian and Ubuntu, as root:\n')
  for (const command of commands) terminal.line(`  ${command}`)
  terminal.line('')
  if (!agrees && (process.platform !== 'linux' || !hasTerminal())) {
    return terminal.line('Nothing was run. Without root, and with its signature verified: npm run daemon')
  }
  if (!(await (agrees ?? confirms)('Do this now? dpkg runs as root, with sudo.'))) {
    return terminal.line('Nothing was run.')
  }
  const folder = privateFolder(stateDirectory(settings))
  try {
    const path = join(folder, debName(arch))
    const sha256 = await fetchDeb(`${base}/${debName(arch)}`, path)
    terminal.done(`Downloaded, not signed by AWS; SHA-256 ${sha256}`)
    requireUnchanged(path, sha256)
    const { exitCode } = await $({ stdio: 'inherit', nothrow: true, verbose: false })`sudo dpkg -i ${path}`
    if (exitCode !== 0) {
      const what = `sudo dpkg -i ${path} ended with exit code ${exitCode}.`
      throw new UserError({ code: 'DAEMON_DEB_FAILED', what, fix: 'Without root: npm run daemon' })
    }
    terminal.done('The package is installed: /usr/bin/xray')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In the state folder, not in /tmp, where other users may make files. `mkdtemp` makes folders with mode 700. */
function privateFolder(state: string): string {
  const parent = join(state, 'bin')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  return mkdtempSync(join(parent, 'deb-'))
}

/** Downloads the package and returns the SHA-256 of its bytes (hex). */
async function fetchDeb(url: string, path: string): Promise<string> {
  const bytes = await download(url, DEB)
  if (bytes === undefined) {
    const what = `${url} does not exist. Nothing was installed.`
    throw new UserError({ code: 'DAEMON_NOT_PUBLISHED', what, fix: 'Without root: npm run daemon' })
  }
  if (!Buffer.from(bytes).toString('latin1', 0, AR_MAGIC.length).startsWith(AR_MAGIC)) {
    const what = `${url} is no Debian package. Nothing was installed.`
    const fix = 'Look at it in a browser: a proxy may have answered instead. Without root: npm run daemon'
    throw new UserError({ code: 'DAEMON_UNREADABLE', what, fix })
  }
  // `wx`: the file is new, and no link of another user.
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, bytes)
  } finally {
    closeSync(file)
  }
  return hash(bytes)
}

/** Throws a UserError (DAEMON_UNTRUSTED) where another user could change the file, or its bytes are others. */
export function requireUnchanged(path: string, sha256: string): void {
  const isPrivate = [path, dirname(path)].every((each) => {
    const { mode, uid } = lstatSync(each)
    return uid === process.getuid?.() && (mode & 0o077) === 0
  })
  if (isPrivate && lstatSync(path).isFile() && hash(readFileSync(path)) === sha256) return
  const what = `${path} has changed since it was downloaded, or another user may change it. Nothing was installed.`
  throw new UserError({
    code: 'DAEMON_UNTRUSTED',
    what,
    fix: 'Without root, and with its signature verified: npm run daemon',
  })
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
