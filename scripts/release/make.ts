import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { $ } from 'zx'
import { UserError } from '../../contracts/user-error.ts'
import { licensedPackages, licenseList } from './licenses.ts'
import { Lockfile } from './lockfile.ts'
import { notesOf } from './notes.ts'
import { billOfMaterials } from './sbom.ts'

const Manifest = z.object({ name: z.string(), version: z.string() })

/**
 * Writes the files of a release to a new folder: the sources of HEAD, the bill of materials, the licenses of all
 * packages, the notes from CHANGELOG.md, and the checksums of the others. Throws a UserError (RELEASE) where the tag is
 * not package.json's version, CHANGELOG.md does not have it, or the folder is there already.
 */
export async function makeRelease(root: string, tag: string, folder: string): Promise<string[]> {
  const read = (name: string) => readFileSync(join(root, name), 'utf8')
  const { name, version } = Manifest.parse(JSON.parse(read('package.json')))
  if (tag !== `v${version}`)
    throw releaseError(`The tag is ${tag}, and package.json has ${version}.`, `git tag v${version}`)
  const notes = notesOf(read('CHANGELOG.md'), version)
  if (notes === undefined)
    throw releaseError(
      `CHANGELOG.md has no section ${version}.`,
      `Rename its section Unreleased to “${version} – <date>”, and tag that commit.`,
    )
  makeNewFolder(folder)
  const prefix = `${name}-${version}`
  const archive = join(folder, `${prefix}.tar.gz`)
  await $({
    cwd: root,
    quiet: true,
  })`git archive --format=tar.gz --prefix=${prefix}/ --output=${archive} HEAD`
  writeFileSync(join(folder, 'sbom.cdx.json'), await billOfMaterials(root))
  const packages = licensedPackages(Lockfile.parse(JSON.parse(read('package-lock.json'))))
  writeFileSync(join(folder, 'licenses.txt'), licenseList(packages))
  writeFileSync(join(folder, 'notes.md'), notes)
  const files = readdirSync(folder).toSorted()
  const lines = files.map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`)
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''))
  return [...files, 'SHA256SUMS']
}

function makeNewFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw releaseError(`${folder} is there already.`, `Name a new folder, or: rm -r ${folder}`)
  }
}

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

function releaseError(what: string, fix: string): UserError {
  return new UserError({ code: 'RELEASE', what, fix })
}
