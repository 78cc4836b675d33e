import { randomBytes } from 'node:crypto'
import { drawFaults, FAULTS, type Fault, inOrder, ROUNDS } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import { UserError } from '../../contracts/user-error.ts'
import { envFile, readSettings, type Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { setEnvValue, unsetEnvValue } from '../env/env-file.ts'
import { usageError } from './arguments.ts'
import { readPlanting, writePlanting } from './planting-record.ts'
import { restartIfRunning } from './restart.ts'

const UNPLANT = 'npm run workshop -- unplant removes them.'

export interface PlantOptions {
  /** Draws the faults of the next round of the same seed. */
  readonly next?: boolean | undefined
  /** Whose faults they are: in a class with one WORKSHOP_SEED each name has others. */
  readonly name?: string | undefined
}

/**
 * Plants faults and no others: those of these letters, or a draw. Sets PLANTED_FAULTS and PLANTED_SEED, restarts the backend,
 * and notes when. Which fault does what is for the learner to find in the telemetry. If the process ends at any point before
 * that, the check of chapter 9 asks for the same command again: `findInterruption` in workshop/09-find-it/interruption.ts.
 */
export async function plant(
  letters: readonly string[],
  options: PlantOptions,
  terminal: Terminal,
): Promise<void> {
  requireNotHidden()
  const settings = readSettings()
  const previous = readPlanting(settings)
  const { seed, round } = letters.length > 0 ? { seed: '', round: 0 } : draw(settings, previous, options)
  const wanted = letters.length > 0 ? requireFaults(letters) : drawFaults(seed, round)
  const removed = settings.PLANTED_FAULTS.filter((letter) => !wanted.includes(letter))
  const planting: Planting = { letters: wanted, seed, round }
  // Evidence of the same faults, planted earlier, stays valid.
  const isSame = previous !== undefined && describe(previous) === describe(planting)
  writePlanting(settings, isSame ? previous : planting)
  setEnvValue(envFile(), 'PLANTED_FAULTS', wanted.join(','))
  if (seed === '') unsetEnvValue(envFile(), 'PLANTED_SEED')
  else setEnvValue(envFile(), 'PLANTED_SEED', seed)
  terminal.done(
    `Planted: ${seed === '' ? describeLetters(wanted, removed) : `${wanted.length} faults`}. ${UNPLANT}`,
  )
  if (seed !== '') terminal.line(`  ${describeDraw(seed, round)}`)
  if (seed !== '' && removed.length > 0)
    terminal.line('  They replace the earlier ones, whose answers no longer count.')
  await restartIfRunning(readSettings(), terminal)
  writePlanting(settings, { ...planting, plantedAt: (isSame && previous.plantedAt) || Date.now() })
}

export async function unplant(terminal: Terminal): Promise<void> {
  requireNotHidden()
  const changes = ['PLANTED_FAULTS', 'PLANTED_SEED'].map((name) => unsetEnvValue(envFile(), name))
  const settings = readSettings()
  const planting = readPlanting(settings)
  const isOpen = planting !== undefined && planting.unplantedAt === undefined
  // An open record without a setting is what an interrupted command leaves: the backend may still have the faults.
  if (isOpen || changes.some(({ changed }) => changed)) {
    terminal.done('The faults are removed.')
    await restartIfRunning(settings, terminal)
  } else terminal.line('No fault is planted.')
  if (isOpen) writePlanting(settings, { ...planting, unplantedAt: Date.now() })
}

function describe({ letters, seed, round }: Planting): string {
  return [letters.join(','), round, seed].join(' ')
}

function requireFaults(letters: readonly string[]): Fault[] {
  const unknown = letters.filter((letter) => !(FAULTS as readonly string[]).includes(letter))
  if (unknown.length === 0) return inOrder(letters)
  throw usageError(
    `There is no fault ${unknown.join(', ')}: they go from a to h.`,
    'npm run workshop -- plant',
  )
}

/** The seed stays as it was, unless a name or WORKSHOP_SEED says otherwise, so that each round has other kinds. */
function draw(
  { WORKSHOP_SEED: ofClass }: Settings,
  previous: Planting | undefined,
  { next, name = '' }: PlantOptions,
): Pick<Planting, 'seed' | 'round'> {
  const earlier = previous?.seed ?? ''
  const isOfClass = ofClass === '' || earlier === ofClass || earlier.startsWith(`${ofClass}/`)
  const given = [ofClass, name.trim().toLowerCase()].filter(Boolean).join('/')
  const kept = name === '' && isOfClass ? earlier : ''
  const seed = kept || given || randomBytes(4).toString('hex')
  if (!/^[^\p{C}]{1,100}$/u.test(seed))
    throw usageError(
      'The name is too long, or has a control character.',
      'npm run workshop -- plant --name Ada',
    )
  if (seed !== earlier) return { seed, round: 0 }
  return { seed, round: ((previous?.round ?? 0) + (next ? 1 : 0)) % ROUNDS }
}

function describeLetters(wanted: readonly Fault[], removed: readonly Fault[]): string {
  return `${wanted.join(', ')}${removed.length > 0 ? ` (no longer ${removed.join(', ')})` : ''}`
}

/** Without letters, which would tell a learner nothing. */
function describeDraw(seed: string, round: number): string {
  const further = round + 1 < ROUNDS ? 'plant --next plants others' : 'all eight kinds have now been there'
  return `Drawn from the seed “${seed}”, round ${round + 1} of ${ROUNDS}; ${further}.`
}

/** Planting writes `.env`, and the environment wins over it. */
function requireNotHidden(): void {
  const hidden = ['PLANTED_FAULTS', 'PLANTED_SEED'].filter((name) => process.env[name]?.trim())
  if (hidden.length === 0) return
  const names = hidden.join(' and ')
  throw new UserError({
    code: 'FAULTS_IN_ENVIRONMENT',
    what: `${names} ${hidden.length > 1 ? 'are' : 'is'} set in this shell, which wins over .env.`,
    fix: `unset ${hidden.join(' ')}, and try again`,
  })
}
