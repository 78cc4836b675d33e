import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { copyOf, type Instruction, isDockerIgnored, readDockerfile, type Stage } from './dockerfile.ts'
import { ROOT } from './process.ts'

/** The user `nobody`, which stands in for the image's `USER node`: neither has any rights. */
const NOBODY = 65_534
export const isRoot = process.getuid?.() === 0
export const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** Builds the folder of an image by running its Dockerfile's steps, without a container engine. */
export class Images {
  readonly #folder = mkdtempSync(join(tmpdir(), 'images-'))
  /** Stages with the same steps are built once, like an engine's layers. */
  readonly #stages = new Map<string, string>()

  constructor() {
    spawnSync('chmod', ['755', this.#folder])
  }

  /**
   * Returns the folder that stands for `/app` in the last stage, or in stage `target`; it is read-only. Throws npm's
   * output where npm cannot install.
   */
  build(dockerfile: string, target?: string): string {
    const built = new Map<string, string>()
    let folder = ''
    for (const stage of readDockerfile(dockerfile)) {
      folder = this.#buildStage(stage, built, dockerfile)
      if (stage.name) built.set(stage.name, folder)
      if (stage.name !== undefined && stage.name === target) break
    }
    for (const made of [folder, ...built.values()]) spawnSync('chmod', ['-R', 'a-w,a+rX', made])
    const state = join(folder, '.workspace')
    if (existsSync(state)) spawnSync('chmod', ['u+w', state])
    return folder
  }

  dispose(): void {
    spawnSync('chmod', ['-R', 'u+w', this.#folder])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #buildStage(stage: Stage, built: ReadonlyMap<string, string>, dockerfile: string): string {
    // The last stage has no name, and its COPY instructions name stages of the same file.
    const key = JSON.stringify([stage.base, stage.instructions, stage.name ?? dockerfile])
    const known = this.#stages.get(key)
    if (known) return known
    const folder = join(this.#folder, String(this.#stages.size))
    const base = built.get(stage.base)
    if (base) cpSync(base, folder, { recursive: true, verbatimSymlinks: true })
    else mkdirSync(folder)
    for (const instruction of stage.instructions) step(instruction, folder, built)
    this.#stages.set(key, folder)
    return folder
  }
}

function step(instruction: Instruction, folder: string, built: ReadonlyMap<string, string>): void {
  if (instruction.verb === 'RUN') run(instruction.rest, folder)
  if (instruction.verb !== 'COPY') return
  const { from, sources, target } = copyOf(instruction)
  for (const source of sources) {
    const origin = from ? join(built.get(from) ?? '', source.replace(/^\/app\/?/, '')) : join(ROOT, source)
    // Of a folder, COPY copies what is in it.
    const isInto = !lstatSync(origin).isDirectory() && (target.endsWith('/') || sources.length > 1)
    const destination = isInto ? join(folder, target, basename(source)) : join(folder, target)
    mkdirSync(dirname(destination), { recursive: true })
    // Ten thousand files that no process writes: all images share them.
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
  // The viewer's stage installs the development packages: those of this repository, by the same lockfile.
  if (command === 'node scripts/images/npm-ci.mjs') {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    return
  }
  // Those of this repository stay as they are.
  if (command.includes('keep-packages') && lstatSync(join(folder, 'node_modules')).isSymbolicLink()) return
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

/** The variables by which npm reaches its registry. */
function npmEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$)/i.test(name),
    ),
  )
}

/** Whether a build failed because npm could not reach a registry, which says nothing about the image. */
export const isOffline = (error: unknown) =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|network|registry cannot be reached/.test(
    String(error),
  )
