import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { ROOT } from './compose.ts'
import { copyOf, type Instruction, readDockerfile, type Stage } from './dockerfile.ts'
import { isDockerIgnored } from './dockerignore.ts'

/** `nobody`: whoever the image's `USER node` is, it is somebody without rights. */
const NOBODY = 65_534
export const isRoot = process.getuid?.() === 0
export const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** What an image's folder has after its Dockerfile's steps, taken by hand: there is no engine that takes them. */
export class Images {
  readonly #folder = mkdtempSync(join(tmpdir(), 'images-'))
  /** As an engine's layers: what begins with the same steps is made once. */
  readonly #packages = new Map<string, string>()

  constructor() {
    spawnSync('chmod', ['755', this.#folder])
  }

  /**
   * Gives the folder that stands for `/app`, of the last stage or of the one that is named, and cannot be written to.
   * Throws what npm says where it cannot install.
   */
  build(dockerfile: string, target?: string): string {
    const stages = readDockerfile(dockerfile)
    const built = new Map<string, string>()
    let folder = ''
    for (const stage of stages) {
      folder = this.#buildStage(stage, built, dockerfile.replace(/\W/g, '-'))
      if (stage.name) built.set(stage.name, folder)
      if (stage.name !== undefined && stage.name === target) break
    }
    for (const made of [folder, built.get('packages') ?? folder]) spawnSync('chmod', ['-R', 'a-w,a+rX', made])
    const state = join(folder, '.workspace')
    if (existsSync(state)) spawnSync('chmod', ['u+w', state])
    return folder
  }

  dispose(): void {
    spawnSync('chmod', ['-R', 'u+w', this.#folder])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #buildStage(stage: Stage, built: ReadonlyMap<string, string>, prefix: string): string {
    const key = JSON.stringify(stage.instructions)
    const known = this.#packages.get(key)
    if (known) return known
    const folder = join(this.#folder, `${prefix}-${stage.name ?? 'last'}`)
    mkdirSync(folder)
    for (const instruction of stage.instructions) step(instruction, folder, built)
    if (stage.name) this.#packages.set(key, folder)
    return folder
  }
}

function step(instruction: Instruction, folder: string, built: ReadonlyMap<string, string>): void {
  if (instruction.verb === 'RUN') run(instruction.rest, folder)
  if (instruction.verb !== 'COPY') return
  const { from, sources, target } = copyOf(instruction)
  for (const source of sources) {
    const origin = from ? join(built.get(from) ?? '', source.replace('/app/', '')) : join(ROOT, source)
    const isInto = target.endsWith('/') || sources.length > 1
    const destination = isInto ? join(folder, target, basename(source)) : join(folder, target)
    mkdirSync(dirname(destination), { recursive: true })
    // Ten thousand files that nobody writes to: there once for all images.
    if (basename(source) === 'node_modules') {
      symlinkSync(origin, destination)
      continue
    }
    cpSync(origin, destination, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => from !== undefined || !isDockerIgnored(relative(ROOT, path)),
    })
  }
}

function run(command: string, folder: string): void {
  // The viewer's stage has the packages of development: this tree's own are the same, by the same lockfile.
  if (command === 'npm ci') {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    return
  }
  const owned = command.replace('chown node:node', isRoot ? `chown ${NOBODY}:${NOBODY}` : 'true')
  const { status, stdout, stderr } = spawnSync('sh', ['-c', owned], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...npmEnvironment(),
      npm_config_prefer_offline: 'true',
    },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`)
}

/** How npm reaches its registry from here. */
function npmEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$)/i.test(name),
    ),
  )
}

/** Whether the failure of a build is npm's not reaching a registry, which says nothing about the image. */
export const isOffline = (error: unknown) =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|network/.test(String(error))
