import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { BUILT } from '../harness/built-program.ts'
import { findProgram } from '../harness/process.ts'

const PACKAGE = 'github.com/docker/compose/v2/cmd'
const VERSION = 'v2.40.3'

/** Docker Compose: that of this machine, else one built with Go, which Debian's packages have and Compose they have not. */
export function findComposePlugin():
  | { readonly dockerConfig: string | undefined }
  | { readonly why: string } {
  if (spawnSync('docker', ['compose', 'version']).status === 0) return { dockerConfig: undefined }
  const dockerConfig = join(BUILT, 'docker-config')
  const plugins = join(dockerConfig, 'cli-plugins')
  const plugin = join(plugins, 'docker-compose')
  if (!existsSync(plugin)) {
    if (spawnSync('go', ['version']).status !== 0)
      return {
        why: `${findProgram(['docker', 'compose', 'version']).kind}, and without Go none can be built`,
      }
    console.info(`… Building Docker Compose ${VERSION} with Go: several minutes, once.`)
    mkdirSync(plugins, { recursive: true })
    // Not `go install`: Compose's go.mod has `exclude`, which that rejects.
    const module = join(BUILT, 'docker-compose-go')
    mkdirSync(module, { recursive: true })
    writeFileSync(join(module, 'go.mod'), 'module build\n')
    for (const args of [
      ['get', `${PACKAGE}@${VERSION}`],
      ['build', '-o', plugin, PACKAGE],
    ]) {
      const env = { PATH: process.env.PATH, HOME: homedir(), CGO_ENABLED: '0' }
      const { status } = spawnSync('go', args, { cwd: module, stdio: 'inherit', env })
      if (status !== 0) return { why: `Docker Compose ${VERSION} could not be built with Go` }
    }
  }
  return { dockerConfig }
}
