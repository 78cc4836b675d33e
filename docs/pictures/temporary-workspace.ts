import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePorts } from '../../tests/harness/ports.ts'
import { run } from '../../tests/harness/run.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** A workspace on free ports with its own state, for pictures. */
export interface TemporaryWorkspace {
  /** The sandbox's. */
  readonly url: string
  /** Runs one of the workspace's commands and returns its standard output. Throws if it fails. */
  command(name: string, ...args: string[]): Promise<string>
  /** Stops and removes the workspace. */
  remove(): Promise<void>
}

/** Nothing runs yet: call `command('setup', '--yes')`. */
export async function createTemporaryWorkspace(): Promise<TemporaryWorkspace> {
  const folder = mkdtempSync(join(tmpdir(), 'viewer-pictures-'))
  const [api = 0, profiles = 0, database = 0, sandbox = 0, daemon = 0, grpc = 0] = await freePorts(6)
  const env = {
    ...process.env,
    WORKSPACE_STATE_DIR: join(folder, 'state'),
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    PORT: String(api),
    PROFILES_PORT: String(profiles),
    DATABASE_PORT: String(database),
    SANDBOX_PORT: String(sandbox),
    SANDBOX_GRPC_PORT: String(grpc),
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
  }
  const command = async (name: string, ...args: string[]): Promise<string> => {
    const script = join(ROOT, 'scripts', 'commands', `${name}.ts`)
    const { code, stdout, stderr } = await run(process.execPath, [script, ...args], { cwd: ROOT, env })
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${stdout}\n${stderr}`)
    return stdout
  }
  return {
    url: `http://127.0.0.1:${sandbox}`,
    command,
    async remove() {
      await command('stop')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
