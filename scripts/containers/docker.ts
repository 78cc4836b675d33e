import { execFile, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { plainLine } from '../command-line/plain-line.ts'
import { parseJson } from '../machine/http-json.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** How long docker may take to answer a question (ms). An engine that starts takes some seconds. */
const ANSWER_MS = 20_000
/** Bytes of an answer: docker-compose.yml as JSON has 20 kB. */
const MAX_BYTES = 4 * 1024 * 1024
/** Of an error of docker. */
const MOST_CHARACTERS = 160

/** A port as `docker compose config` and `docker compose ps` have it; 0 where none is published. */
export interface PublishedPort {
  readonly host: string
  readonly published: number
  readonly target: number
  readonly protocol: 'tcp' | 'udp'
}

/** Source: https://docs.docker.com/reference/cli/docker/compose/ps/, `--format json`. */
const psSchema = z.object({
  Service: z.string(),
  State: z.string(),
  Publishers: z
    .array(
      z.object({
        URL: z.string(),
        TargetPort: z.int(),
        PublishedPort: z.int(),
        Protocol: z.enum(['tcp', 'udp']),
      }),
    )
    .nullable()
    .default([]),
})

/** Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md#ports, the long syntax. */
const configSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      ports: z
        .array(
          z.object({
            host_ip: z.string().default('0.0.0.0'),
            published: z.coerce.number().default(0),
            target: z.int(),
            protocol: z.enum(['tcp', 'udp']),
          }),
        )
        .default([]),
    }),
  ),
})

export interface RunningContainer {
  readonly service: string
  readonly ports: readonly PublishedPort[]
}

/**
 * The containers of this folder's project that run. Throws a UserError where that cannot be known: DOCKER_MISSING,
 * COMPOSE_MISSING, ENGINE_DOWN.
 */
export async function listRunning(): Promise<RunningContainer[]> {
  await requireCompose()
  const text = await ask(['compose', '--profile', '*', 'ps', '--format', 'json'])
  // One array up to Compose 2.20, then one object a line.
  const values = text.trimStart().startsWith('[')
    ? parseJson(text)
    : text.split('\n').flatMap((line) => parseJson(line) ?? [])
  const listed = z.array(psSchema).safeParse(values).data ?? []
  return listed
    .filter(({ State }) => State === 'running' || State === 'restarting')
    .map(({ Service, Publishers }) => ({
      service: Service,
      ports: (Publishers ?? []).map(({ URL, TargetPort, PublishedPort, Protocol }) => ({
        host: URL,
        published: PublishedPort,
        target: TargetPort,
        protocol: Protocol,
      })),
    }))
}

/** The ports that the services of a profile publish, as Compose reads docker-compose.yml and what overrides it. */
export async function listPorts(profile: string): Promise<PublishedPort[]> {
  const text = await ask(['compose', '--profile', profile, 'config', '--format', 'json'])
  const services = configSchema.safeParse(parseJson(text)).data?.services ?? {}
  return Object.values(services).flatMap(({ ports }) =>
    ports.map(({ host_ip, ...port }) => ({ host: host_ip, ...port })),
  )
}

/** Runs `docker compose` with this process's streams until it ends. Returns its exit code. */
export async function runCompose(args: readonly string[]): Promise<number> {
  // Ctrl-C reaches it too: it is in the same group.
  const child = spawn('docker', ['compose', ...args], { cwd: ROOT, stdio: 'inherit' })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code) => done(code ?? 1))
  })
}

async function requireCompose(): Promise<void> {
  const { code } = await runDocker(['compose', 'version'])
  if (code === 0) return
  throw new UserError({
    code: 'COMPOSE_MISSING',
    what: 'This Docker has no Compose 2 (docker compose). docker-compose 1 cannot read docker-compose.yml.',
    fix: 'Install it: https://docs.docker.com/compose/install/',
  })
}

async function ask(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runDocker(args)
  if (code === 0) return stdout
  const isDenied = /permission denied/i.test(stderr)
  const start = process.platform === 'darwin' ? 'Start Docker Desktop' : 'sudo systemctl start docker'
  throw new UserError({
    code: 'ENGINE_DOWN',
    what: `docker ${args.join(' ')} failed: ${firstWords(stderr)}`,
    fix: isDenied
      ? 'Join the group that may use Docker, and sign in again: sudo usermod --append --groups docker "$USER"'
      : `${start}, then run this again`,
  })
}

/** The last line, without the address that docker repeats behind its reason. */
function firstWords(stderr: string): string {
  const line = plainLine(stderr.trim().split('\n').at(-1) ?? '')
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Throws a UserError (DOCKER_MISSING) where there is no docker on PATH. */
function runDocker(args: readonly string[]): Promise<Finished> {
  const options = { cwd: ROOT, timeout: ANSWER_MS, maxBuffer: MAX_BYTES }
  return new Promise((done, fail) => {
    execFile('docker', args, options, (error, stdout, stderr) => {
      if (error?.code !== 'ENOENT')
        return done({ code: error ? 1 : 0, stdout, stderr: stderr || `${error ?? ''}` })
      const what = 'docker is not on PATH.'
      fail(
        new UserError({
          code: 'DOCKER_MISSING',
          what,
          fix: 'Install it: https://docs.docker.com/get-docker/',
        }),
      )
    })
  })
}
