import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { poll } from '../../scripts/machine/poll.ts'
import { accepts } from '../../scripts/machine/port-probe.ts'
import { freePort } from './ports.ts'
import { skipped, spawnProcess } from './process.ts'

const READY_MS = 20_000

export interface RealPostgres {
  readonly url: string
  /** The password of the only role. */
  readonly password: string
  stop(): Promise<void>
}

/** The folder of this machine's Postgres server programs; undefined if it has none. */
export function findPostgres(): string | undefined {
  const find = ['-c', 'readlink -f "$(command -v initdb)"']
  const initdb = spawnSync('sh', find, { encoding: 'utf8' }).stdout.trim()
  if (initdb !== '') return dirname(initdb)
  skipped('initdb is not on PATH', 'initdb')
  return undefined
}

/** Starts an empty server of this machine's Postgres, which requires a password. */
export async function startRealPostgres(programs: string): Promise<RealPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'real-postgres-'))
  const data = join(folder, 'data')
  const password = 'canary-of-the-database'
  const port = await freePort()
  // Postgres does not run as root.
  const owner = process.getuid?.() === 0 ? ownerForRoot() : undefined
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  const options = ['--no-sync', '--auth=scram-sha-256', '--username=cruddur', `--pwfile=${passwordFile}`]
  execFileSync(join(programs, 'initdb'), [...options, data], { ...owner, cwd: folder, stdio: 'pipe' })
  const { child, exited, output } = spawnProcess(
    ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder, '-c', 'fsync=off'],
    { PATH: process.env.PATH ?? '' },
    { program: join(programs, 'postgres'), cwd: folder, ...owner },
  )
  const isReady = async () => child.exitCode !== null || (await accepts('127.0.0.1', port)) || undefined
  await poll(isReady, { deadlineMs: READY_MS })
  if (!(await accepts('127.0.0.1', port))) throw new Error(`Postgres did not start:\n${output()}`)
  return {
    url: `postgresql://cruddur:${password}@127.0.0.1:${port}/postgres`,
    password,
    stop: async () => {
      child.kill('SIGINT')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ownerForRoot(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
