import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { licensedPackages } from '../scripts/release/licenses.ts'
import { Lockfile } from '../scripts/release/lockfile.ts'
import { makeRelease } from '../scripts/release/make.ts'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'

/** https://cyclonedx.org/docs/1.5/json/ */
const CycloneDx = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.object({ purl: z.string(), hashes: z.array(z.object({ alg: z.literal('SHA-512') })).length(1) }),
  ),
})
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/' }

test.skipIf(!existsSync(join(ROOT, '.git')))(
  'a release has sources, bill of materials, licenses, notes and checksums',
  async () => {
    const folder = join(temporaryFolder(), 'release')
    const files = await makeRelease(ROOT, `v${version}`, folder)
    const archive = `distributed-tracing-workspace-${version}.tar.gz`
    const expected = ['SHA256SUMS', archive, 'licenses.txt', 'notes.md', 'sbom.cdx.json']
    expect(files.toSorted()).toEqual(expected)
    expect(readdirSync(folder).toSorted()).toEqual(expected)
    const sums = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, env })
    expect(sums.stdout.match(/: OK$/gm), sums.stderr).toHaveLength(expected.length - 1)
    const { stdout: names } = await run('tar', ['-tzf', join(folder, archive)], { env })
    expect(names).toContain(`distributed-tracing-workspace-${version}/package-lock.json\n`)
    expect(names).not.toMatch(/node_modules|\/\.env$/m)
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    expect(read('notes.md')).toContain('### Added')
    // Every package of the lockfile is in the bill, by its hash, and in the list of licenses.
    const lock = Lockfile.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
    const ids = licensedPackages(lock).map(({ id }) => id)
    const { components } = CycloneDx.parse(JSON.parse(read('sbom.cdx.json')))
    const inBill = components.map(({ purl }) => decodeURIComponent(purl.slice('pkg:npm/'.length)))
    expect(inBill.toSorted()).toEqual(ids.toSorted())
    const listed = [...read('licenses.txt').matchAll(/^ {2}(.+)$/gm)].map(([, id]) => id)
    expect(listed.toSorted()).toEqual(ids.toSorted())
  },
)
