import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { Lockfile } from './lockfile.ts'

/**
 * The software bill of materials of the folder's lockfile, as JSON in CycloneDX: `npm sbom`
 * (https://docs.npmjs.com/cli/commands/npm-sbom). It refuses a lockfile in which a package's range of a peer is not met,
 * which `npm ci` accepts: OpenTelemetry's 2.x packages (docs/dependencies.md). So it reads a copy that takes any version
 * of a peer. The bill names the same packages, with their hashes.
 */
export async function billOfMaterials(folder: string): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'sbom-'))
  try {
    const lock = Lockfile.parse(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')))
    for (const { peerDependencies = {} } of Object.values(lock.packages))
      for (const name of Object.keys(peerDependencies)) peerDependencies[name] = '*'
    writeFileSync(join(copy, 'package-lock.json'), JSON.stringify(lock))
    writeFileSync(join(copy, 'package.json'), readFileSync(join(folder, 'package.json')))
    const { stdout } = await $({
      cwd: copy,
      quiet: true,
    })`npm sbom --package-lock-only --sbom-format cyclonedx`
    return stdout
  } finally {
    rmSync(copy, { recursive: true })
  }
}
