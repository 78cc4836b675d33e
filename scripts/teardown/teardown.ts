import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, envFile } from '../../settings/read.ts'
import { destroyAws } from '../aws/reconcile.ts'
import { isAgreed } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { printResult } from '../env/keep.ts'
import { identify } from '../machine/identity.ts'
import { describePorts } from '../processes/port-text.ts'
import { findTaken } from '../processes/ports.ts'
import { stopAll } from '../processes/stop.ts'
import { stopTailSampling } from '../tail-sampling/stop.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { findState, keptSettings, LEARNERS_FOLDER, removeSettings, removeState } from './local-state.ts'
import { findAwsResources, findLost, makePlan, type Plan } from './plan.ts'

export interface TeardownOptions {
  /** Does not ask. */
  readonly yes?: boolean
  readonly dryRun?: boolean
  /** Keeps `.env` and the platform's store, for another setup with the same keys. */
  readonly keepSettings?: boolean
}

/**
 * Removes what setup has created: resources in a live AWS account, processes, kept settings, the state folder and the
 * built viewer. AWS comes first, because it needs the keys. Shows what it will remove, asks, and checks afterwards that
 * everything is gone; true when it is. Throws a UserError (NOT_AGREED) without a terminal to ask on.
 */
export async function tearDown(
  terminal: Terminal,
  { yes = false, dryRun = false, keepSettings = false }: TeardownOptions,
  environment: Environment = process.env,
): Promise<boolean> {
  const plan = await makePlan(environment, keepSettings)
  const { awsTrouble, removals, kept, settings } = plan
  if (awsTrouble) {
    terminal.fail(
      `The resources in AWS cannot be read, and stay: ${awsTrouble.message}`,
      `${awsTrouble.fix.replace(/\.$/, '')}. Do it before the keys go: npm run aws -- --destroy. Without AWS: XRAY_ENABLED=local npm run teardown`,
    )
  }
  if (removals.length === 0) {
    if (!awsTrouble) terminal.done('There is nothing to remove.')
    return !awsTrouble
  }
  // Without the keys the group and the rules could no longer be removed from the account.
  if (awsTrouble && kept.length > 0 && !dryRun) return false
  terminal.heading('This will be removed')
  for (const { text } of removals) terminal.line(`  - ${text}`)
  if (settings.DATABASE_URL) {
    terminal.line('  Tables in the database of DATABASE_URL stay: they are on your own server.')
  }
  if (dryRun) return true
  const otherwise = 'There is no terminal to ask on. Nothing was removed.'
  if (!yes && !(await isAgreed('Remove all of it?', otherwise, 'npm run teardown -- --yes'))) {
    terminal.line('Nothing was removed.')
    return true
  }
  terminal.heading('Removing')
  await remove(plan, terminal, environment)
  terminal.heading('Proof')
  return prove(plan, terminal, environment)
}

async function remove(
  { settings, directory, kept, hasAwsResources }: Plan,
  terminal: Terminal,
  environment: Environment,
): Promise<void> {
  if (hasAwsResources) {
    await destroyAws(settings, resolveProviders(settings, environment), terminal, { yes: true })
  }
  await stopTailSampling(settings)
  await stopAll(settings, terminal)
  if (kept.length > 0) await forget(kept, terminal, environment)
  const left = removeState(directory).filter((name) => name !== LEARNERS_FOLDER)
  if (left.length > 0) {
    terminal.warn(`${directory} stays, because it has files that are not the workspace's: ${left.join(', ')}`)
  }
}

async function forget(names: Plan['kept'], terminal: Terminal, environment: Environment): Promise<void> {
  const file = envFile(environment)
  const isGone = removeSettings(file, names)
  terminal.done(
    isGone ? `${file} is gone` : `${names.length} settings are removed from ${file}; its other lines stay`,
  )
  const workspace = detectWorkspace(environment)
  for (const name of names) {
    const result = await workspace.forget(name)
    if (result.outcome !== 'skipped') printResult(name, result, terminal)
  }
  if (workspace.hint) terminal.line(terminal.dim(`  ${workspace.hint}`))
}

/** Checks again everything that the plan named. */
async function prove(
  { settings, directory, running, hasAwsResources, kept }: Plan,
  terminal: Terminal,
  environment: Environment,
): Promise<boolean> {
  const file = envFile(environment)
  const alive = running.filter(({ pid }) => pid !== null && identify(pid))
  const taken = await findTaken(running.flatMap(({ ports }) => ports))
  const left = [
    ...alive.map(({ name, pid }) => `${name} runs (pid ${pid})`),
    ...findLost(directory, running).map(({ name, identity }) => `${name} runs (pid ${identity.pid})`),
    ...(taken.length > 0 ? [`still held: ${describePorts(taken)}`] : []),
    ...findState(directory).map((path) => `${path} is there`),
    ...(kept.length > 0 ? keptSettings(file).map((name) => `${name} is in ${file}`) : []),
    ...(hasAwsResources ? await findAwsResources(settings, environment) : []),
  ]
  for (const text of left) terminal.fail(`${text}.`)
  if (left.length > 0) {
    terminal.line('  → npm run teardown again; npm run status shows what runs')
    return false
  }
  const parts = [
    'no process of ours runs',
    'their ports are free',
    `nothing of ours is in ${directory}`,
    ...(hasAwsResources ? ['AWS has neither group nor rule of ours'] : []),
  ]
  terminal.done(`${parts.join(', ')}.`)
  const still = kept.filter((name) => environment[name]?.trim())
  if (still.length > 0) {
    terminal.warn(`This shell still has ${still.join(', ')}: unset them, or open a new terminal.`)
  }
  if (existsSync(join(directory, LEARNERS_FOLDER))) {
    terminal.line(
      `  Your progress in the workshop stays, in ${join(directory, LEARNERS_FOLDER)}: npm run workshop shows it.`,
    )
  }
  terminal.line('  node_modules and the repository stay: delete the folder for the rest.')
  return true
}
