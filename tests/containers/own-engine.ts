/**
 * Runs in the namespaces that run.ts has made: starts an engine that keeps everything in the folder of the first argument,
 * makes its base images, and runs the tests with it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { poll } from '../../scripts/machine/poll.ts'
import { engineOfTests } from './engine-choice.ts'
import { relayToSocket } from './relay.ts'
import { runTests } from './run-tests.ts'
import { makeStandIns } from './stand-ins.ts'

const READY_MS = 60_000
/** On cgroup v1 all containers together have what one group of processes has, by default 1,024: too little beside others. */
const CPU_SHARES = '4096'

const [folder = '', ...args] = process.argv.slice(2)
const choice = engineOfTests()
if ('why' in choice || folder === '') throw new Error('tests/containers/run.ts starts this file')
process.env.DOCKER_HOST = `unix://${join(folder, 'docker.sock')}`
if (choice.dockerConfig) process.env.DOCKER_CONFIG = choice.dockerConfig

spawnSync('ip', ['link', 'set', 'lo', 'up'], { stdio: 'inherit' })
const logFile = join(folder, 'dockerd.log')
const log = openSync(logFile, 'w')
const places = ['data-root', 'exec-root', 'pidfile'].flatMap((name) => [`--${name}`, join(folder, name)])
const dockerd = spawn('dockerd', ['--host', process.env.DOCKER_HOST, ...places], {
  stdio: ['ignore', log, log],
})
const ended = new Promise<void>((resolve) => dockerd.on('exit', () => resolve()))

const answers = () => spawnSync('docker', ['info'], { timeout: 5_000 }).status === 0 || undefined
const ready = await poll(() => (dockerd.exitCode === null ? answers() : false), {
  deadlineMs: READY_MS,
  everyMs: 200,
})
if (ready) {
  const HTTPS_PROXY = `http://127.0.0.1:${await relayToSocket(join(folder, 'network.sock'))}`
  const standIns = {
    ...makeStandIns(folder),
    buildArguments: { ...choice.buildArguments, HTTPS_PROXY },
  }
  const shares = '/sys/fs/cgroup/cpu/docker/cpu.shares'
  if (existsSync(shares)) writeFileSync(shares, CPU_SHARES)
  process.exitCode = await runTests({ ...choice, standIns }, args)
} else {
  console.error(`dockerd did not start:\n${readFileSync(logFile, 'utf8').slice(-5_000)}`)
  process.exitCode = 1
}
dockerd.kill('SIGTERM')
await ended
// The relay still listens.
process.exit()
