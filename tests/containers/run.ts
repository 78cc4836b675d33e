/**
 * `npm run test:containers`: the tests of this folder, with the container engine that runs on this machine, else with one
 * that this command starts and ends (root on Linux with `dockerd`). Without either, the tests are skipped with the reason.
 * TEST_ENGINE_FOLDER keeps the started engine's images for the next run.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, ROOT } from '../harness/process.ts'
import { findComposePlugin } from './compose-plugin.ts'
import type { EngineChoice } from './engine-choice.ts'
import { registryArguments } from './registry-authority.ts'
import { relayFromSocket } from './relay.ts'
import { exitOf, runTests } from './run-tests.ts'

/** With the first process of these namespaces, all their processes and mounts end. */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
/** What starts an engine, and what its base images are made of. */
const NEEDED = ['dockerd', 'containerd', 'iptables', 'ip', 'unshare', 'ldd', 'initdb']

const args = process.argv.slice(2)
const choice = choose()
if ('why' in choice) {
  console.info(`skipped: ${choice.why}`)
  // A job that requires an engine must not pass without one.
  process.exitCode = process.env.TEST_REQUIRES?.split(',').includes('docker')
    ? 1
    : await runTests(choice, args)
} else process.exitCode = choice.kind === 'running' ? await runTests(choice, args) : await withEngine(choice)

function choose(): EngineChoice {
  const isRunning = spawnSync('docker', ['info'], { timeout: 10_000 }).status === 0
  if (!isRunning && (process.platform !== 'linux' || process.getuid?.() !== 0))
    return { why: 'no container engine runs, and only root on Linux may start one' }
  const missing = isRunning
    ? []
    : NEEDED.filter((name) => !findProgram(['sh', '-c', `command -v ${name}`]).isThere)
  if (missing.length > 0)
    return { why: `no container engine runs, and to start one this machine lacks ${missing.join(', ')}` }
  const compose = findComposePlugin()
  if ('why' in compose) return compose
  return { kind: isRunning ? 'running' : 'own', buildArguments: registryArguments(), ...compose }
}

/** Starts an engine in a network namespace, where every port is free, and runs the tests beside it. */
async function withEngine(choice: EngineChoice): Promise<number> {
  const kept = process.env.TEST_ENGINE_FOLDER
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'engine-'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const network = join(folder, 'network.sock')
  rmSync(network, { force: true })
  const relay = await relayFromSocket(network)
  try {
    const start = [process.execPath, join(ROOT, 'tests/containers/own-engine.ts'), folder, ...args]
    return await exitOf('unshare', [...NAMESPACES, ...start], { TEST_ENGINE: JSON.stringify(choice) })
  } finally {
    relay.close()
    if (!kept) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
