import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject as VitestProject } from 'vitest/node'
import { readCompose } from '../harness/compose.ts'
import { ROOT } from '../harness/process.ts'
import { compose, ENGINE, STAND_INS, type TestProject } from './docker.ts'
import type { StandIns } from './engine-choice.ts'

/**
 * Builds every image before the first test, from a clone as umask 077 makes it: no other user may read a file of it. After
 * the last test, removes all that these tests have made.
 */
export default async function buildImages(vitest: VitestProject): Promise<() => Promise<void>> {
  if ('why' in ENGINE) {
    vitest.provide('project', undefined)
    return async () => {}
  }
  const parent = mkdtempSync(join(tmpdir(), 'containers-test-'))
  const folder = join(parent, 'clone')
  copyClone(folder)
  const files = [join(folder, 'docker-compose.yml')]
  files.push(writeOverride(join(parent, 'tests.json'), ENGINE.buildArguments, STAND_INS))
  const project = { name: `tracing-test-${process.pid}`, folder, files }
  vitest.provide('project', project)
  const dispose = async () => {
    await compose(['--profile', '*', 'down', '--volumes', '--remove-orphans', '--rmi', 'local'], { project })
    rmSync(parent, { recursive: true, force: true })
  }
  try {
    await build(project)
    return dispose
  } catch (error) {
    await dispose()
    throw error
  }
}

async function build(project: TestProject): Promise<void> {
  const { code, stdout, stderr, durationMs } = await compose(['--profile', '*', 'build'], { project })
  if (code !== 0) throw new Error(`The images could not be built:\n${(stdout + stderr).slice(-10_000)}`)
  console.info(`Images built in ${(durationMs / 1000).toFixed(0)} s.`)
}

/** Copies what git would clone, readable for its owner only. */
function copyClone(folder: string): void {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const umask = process.umask(0o077)
  try {
    for (const path of listed.stdout.split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      // copyFile would keep the modes of this clone.
      writeFileSync(join(folder, path), readFileSync(join(ROOT, path)))
    }
  } finally {
    process.umask(umask)
  }
}

/** What differs from docker-compose.yml: how builds reach npm's registry, and base images where there is no registry. */
function writeOverride(
  path: string,
  buildArguments: Readonly<Record<string, string>>,
  standIns: StandIns | undefined,
): string {
  const images: Readonly<Record<string, string | undefined>> = {
    postgres: standIns?.postgres,
    'xray-daemon': standIns?.daemon,
    jaeger: standIns?.jaeger,
  }
  const bases = standIns && {
    NODE_IMAGE: standIns.node,
    COLLECTOR_IMAGE: standIns.collector ?? standIns.node,
  }
  const args = { ...(standIns?.buildArguments ?? buildArguments), ...bases }
  const services = Object.entries(readCompose()).map(([name, { build }]) => {
    if (build) return [name, { build: { args, ...(standIns && { network: 'host' }) } }]
    return [name, images[name] ? { image: images[name] } : {}]
  })
  writeFileSync(path, JSON.stringify({ services: Object.fromEntries(services) }))
  return path
}
