import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { type Artifact, DAEMON_VERSION, daemonArtifact, downloadBases } from './artifact.ts'
import { type DownloadLimits, download, NotPublished, unpack } from './download.ts'
import { daemonPath, isInstalled, type Marker, markerPath, sha256 } from './installed.ts'
import { AWS_XRAY_KEY, requireSignature, type Signed } from './signature.ts'

/** The zips of version 3.6.6 have 6 to 8 MB; a slow line takes minutes. */
const ZIP: DownloadLimits = { maxBytes: 64 * 1024 * 1024, timeout: 300_000 }

/** Key and signature have a few KB. */
const SMALL: DownloadLimits = { maxBytes: 64 * 1024, timeout: 30_000 }

/** The key's name in the bucket. */
const KEY = 'aws-xray.gpg'

export interface InstallOptions {
  /** The end of the signing key's fingerprint. Only tests name another than AWS's. */
  readonly pinnedKey?: string
  readonly artifact?: Artifact
}

export interface InstalledDaemon {
  readonly path: string
  readonly version: string
  /** False when it was already installed. */
  readonly isNew: boolean
}

/**
 * Installs the X-Ray daemon into the state folder, without root: downloads it, verifies its signature, and writes it
 * atomically. Does nothing when it is already installed. Throws a UserError, and leaves no part behind, when a step
 * fails.
 */
export async function installDaemon(
  settings: Settings,
  terminal: Terminal,
  { pinnedKey = AWS_XRAY_KEY, artifact = daemonArtifact() }: InstallOptions = {},
): Promise<InstalledDaemon> {
  const path = daemonPath(settings)
  const version = DAEMON_VERSION
  if (isInstalled(path, version, artifact.zip)) {
    terminal.done(`The X-Ray daemon ${version} is already installed: ${path}`)
    return { path, version, isNew: false }
  }
  await terminal.progress(
    `Downloading the X-Ray daemon ${version}`,
    async (update) => {
      const signed = await downloadSigned(downloadBases(settings), artifact.zip, update)
      update('verifying its signature')
      await requireSignature(signed, pinnedKey)
      place(path, unpack(signed.content, artifact.entry), artifact.zip)
    },
    () => `The X-Ray daemon ${version} is installed, its signature verified: ${path}`,
  )
  return { path, version, isNew: true }
}

/** Downloads key, signature and zip from the first source that has all three. */
async function downloadSigned(
  bases: readonly string[],
  zip: string,
  update: (detail: string) => void,
): Promise<Signed> {
  for (const base of bases) {
    try {
      const key = await download(`${base}/${KEY}`, SMALL)
      const signature = await download(`${base}/${zip}.sig`, SMALL)
      const content = await download(`${base}/${zip}`, ZIP, (received, total) =>
        update(`${megabytes(received)}${total ? ` of ${megabytes(total)}` : ''} MB`),
      )
      return { key, signature, content }
    } catch (error) {
      if (!(error instanceof NotPublished)) throw error
    }
  }
  throw new UserError({
    code: 'DAEMON_NOT_PUBLISHED',
    what: `${zip} is not at ${bases.join(', nor at ')}. Nothing was installed.`,
    fix: 'Name a source that has it and its .sig: npm run env -- XRAY_DAEMON_BASE_URL=https://…',
  })
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}

/** The binary first, then its marker: a run that ends between the two installs again next time. */
function place(path: string, binary: Uint8Array, artifact: string): void {
  const marker: Marker = { version: DAEMON_VERSION, artifact, sha256: sha256(binary) }
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileAtomically(path, binary, 0o755)
    writeFileAtomically(markerPath(path), `${JSON.stringify(marker, null, 2)}\n`, 0o644)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(
      {
        code: 'DAEMON_UNWRITABLE',
        what: `${path} cannot be written (${code ?? String(error)}).`,
        fix: `Make ${dirname(path)} a folder that you own, with room for 30 MB, or name another: export WORKSPACE_STATE_DIR=…`,
      },
      { cause: error },
    )
  }
}
