import { inject } from 'vitest'
import { z } from 'zod'
import { type Finished, run } from '../harness/run.ts'
import { engineOfTests } from './engine-choice.ts'

/** The clone of these tests, and the name of its project: every container, network and volume begins with it. */
export interface TestProject {
  readonly name: string
  readonly folder: string
  /** docker-compose.yml, and what differs in these tests. */
  readonly files: readonly string[]
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined where there is no engine. */
    readonly project: TestProject | undefined
  }
}

export const ENGINE = engineOfTests()
/** Why there is no engine; undefined where there is one. */
export const WHY = 'why' in ENGINE ? ENGINE.why : undefined
export const STAND_INS = 'why' in ENGINE ? undefined : ENGINE.standIns

/** Ten minutes: a build installs all packages twice. */
const DOCKER_MS = 600_000

/** Runs docker to its end. */
export function docker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return run('docker', args, { env: { ...dockerEnvironment(), ...env }, timeoutMs: DOCKER_MS })
}

/** Runs docker, and returns its standard output. Throws its standard error where it fails. */
export async function dockerOutput(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout.trim()
}

/** None of a person's keys: without them each provider is the sandbox. */
function dockerEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'DOCKER_HOST', 'DOCKER_CONFIG']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

/** `docker compose` in the clone of these tests. */
export function compose(
  args: readonly string[],
  {
    project = inject('project'),
    env,
  }: { readonly project?: TestProject | undefined; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  if (!project) throw new Error('There is no engine')
  const files = project.files.flatMap((file) => ['--file', file])
  const place = ['--project-name', project.name, '--project-directory', project.folder]
  return docker(
    ['compose', ...place, ...files, '--env-file', '/dev/null', '--progress', 'plain', ...args],
    env,
  )
}

/** `up` until every container of the profile is healthy. Returns the milliseconds. Throws its output and the logs where it fails. */
export async function up(profile: string, options: Parameters<typeof compose>[1] = {}): Promise<number> {
  const { code, stdout, stderr, durationMs } = await compose(['--profile', profile, 'up', '--wait'], options)
  if (code === 0) return durationMs
  const logs = await compose(['--profile', profile, 'logs', '--tail', '30'], options)
  throw new Error(`up ended with ${code}:\n${stdout}${stderr}${logs.stdout}`)
}

/** Ends every profile, and removes its containers, networks and volumes. */
export async function down(): Promise<void> {
  const { code, stderr } = await compose(['--profile', '*', 'down', '--volumes', '--remove-orphans'])
  if (code !== 0) throw new Error(`down ended with ${code}:\n${stderr}`)
}

const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.number(),
  Config: z.object({ Labels: z.record(z.string(), z.string()), User: z.string() }),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    StartedAt: z.string(),
    Health: z.object({ Status: z.string() }).optional(),
  }),
  HostConfig: z.object({
    ReadonlyRootfs: z.boolean(),
    CapDrop: z.array(z.string()).nullable(),
    SecurityOpt: z.array(z.string()).nullable(),
    Memory: z.number(),
    NanoCpus: z.number(),
    PidsLimit: z.number().nullable(),
  }),
})
export type Container = z.output<typeof Inspected> & { readonly service: string }

/** All containers of the project, also those that have ended. */
export async function containers(): Promise<Container[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${inject('project')?.name}`]
  const ids = await dockerOutput(['ps', '--all', '--quiet', '--no-trunc', ...filter])
  if (ids === '') return []
  const text = await dockerOutput(['inspect', ...ids.split('\n')])
  return z
    .array(Inspected)
    .parse(JSON.parse(text))
    .map((one) => ({ ...one, service: one.Config.Labels['com.docker.compose.service'] ?? '' }))
}

export async function container(service: string): Promise<Container> {
  const found = (await containers()).find((one) => one.service === service)
  if (!found) throw new Error(`No container of ${service}`)
  return found
}

/** The memory of each container in MiB, without the page cache, as `docker stats` shows it. */
export async function memory(): Promise<Record<string, number>> {
  const all = await containers()
  const running = all.filter(({ State }) => State.Running)
  const format = ['--no-stream', '--no-trunc', '--format', '{{.ID}} {{.MemUsage}}']
  const lines = await dockerOutput(['stats', ...format, ...running.map(({ Id }) => Id)])
  const units: Readonly<Record<string, number>> = { B: 1 / 1024 ** 2, KiB: 1 / 1024, MiB: 1, GiB: 1024 }
  return Object.fromEntries(
    lines.split('\n').map((line) => {
      const [, id, amount, unit = ''] = /^(\w+) ([\d.]+)(\w+)/.exec(line) ?? []
      const service = running.find(({ Id }) => Id === id)?.service ?? line
      return [service, Math.round(Number(amount) * (units[unit] ?? Number.NaN))]
    }),
  )
}
