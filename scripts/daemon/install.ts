import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { type Artifact, DAEMON_VERSION, daemonArtifact, downloadBases } from './artifact.ts'
import { type DownloadLimits, download, unpack } from './download.ts'
import { daemonPath, isInstalled, markerOf, markerPath } from './installed.ts'
import { AWS_XRAY_KEY, requireSignature, type Signed } from './signature.ts'

/** The zips of version 3.6.6 have 6 to 8 MB; a slow line takes minutes. */
const ZIP: DownloadLimits = { maxBytes: 64 * 1024 * 1024, timeout: 300_000 }

/** Key and signature have a few KB. */
const SMALL: DownloadLimits = { maxBytes: 64 * 1024, timeout: 30_000 }

export interface InstallOptions {
  /** The end of the signing key's fingerprint. Only tests name another than AWS's. */
  readonly pinnedKey?: string
  readonly artifact?: Artifact
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
): Promise<void> {
  const path = daemonPath(settings)
  if (isInstalled(path, artifact.zip)) {
    return terminal.done(`The X-Ray daemon ${DAEMON_VERSION} is already installed: ${path}`)
  }
  await terminal.progress(
    `Downloading the X-Ray daemon ${DAEMON_VERSION}`,
    async (update) => {
      const signed = await downloadSigned(downloadBases(settings), artifact.zip, update)
      update('verifying its signature')
      await requireSignature(signed, pinnedKey)
      place(path, unpack(signed.content, artifact.entry), artifact.zip)
    },
    () => `The X-Ray daemon ${DAEMON_VERSION} is installed, its signature verified: ${path}`,
  )
}

/** Downloads key, signature and zip from the first source that has all three. */
async function downloadSigned(
  bases: readonly string[],
  zip: string,
  update: (detail: string) => void,
): Promise<Signed> {
  for (const base of bases) {
    const key = await download(`${base}/aws-xray.gpg`, SMALL)
    const signature = key && (await download(`${base}/${zip}.sig`, SMALL))
    const showSize = (received: number, total: number | undefined) =>
      update(`${megabytes(received)}${total ? ` of ${megabytes(total)}` : ''} MB`)
    const content = signature && (await download(`${base}/${zip}`, ZIP, showSize))
    if (content) return { key, signature, content }
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
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileAtomically(path, binary, 0o700)
    writeFileAtomically(markerPath(path), markerOf(binary, artifact), 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const what = `${path} cannot be written (${code ?? String(error)}).`
    const fix = `Make ${dirname(path)} a folder that you own, with room for 30 MB, or name another: export WORKSPACE_STATE_DIR=…`
    throw new UserError({ code: 'DAEMON_UNWRITABLE', what, fix }, { cause: error })
  }
}
