import { randomBytes } from 'node:crypto'
import { drawFaults, FAULTS, type Fault, ROUNDS } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import { UserError } from '../../contracts/user-error.ts'
import { envFile, readSettings, type Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { setEnvValue, unsetEnvValue } from '../env/env-file.ts'
import { usageError } from './arguments.ts'
import { readPlanting, writePlanting } from './planting-record.ts'
import { restartIfRunning } from './restart.ts'

export interface PlantOptions {
  /** Draws the faults of the next round of the same seed. */
  readonly next?: boolean | undefined
  /** Whose faults they are: in a class with one WORKSHOP_SEED each name has others. */
  readonly name?: string | undefined
}

/**
 * Plants faults and no others: those of these letters, or a draw. Sets PLANTED_FAULTS and PLANTED_SEED, notes when, and
 * restarts the backend. Which fault does what is for the learner to find in the telemetry.
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
  setEnvValue(envFile(), 'PLANTED_FAULTS', wanted.join(','))
  if (seed === '') unsetEnvValue(envFile(), 'PLANTED_SEED')
  else setEnvValue(envFile(), 'PLANTED_SEED', seed)
  const noLonger = removed.length > 0 ? ` (no longer ${removed.join(', ')})` : ''
  terminal.done(`Planted: ${wanted.join(', ')}${noLonger}. npm run workshop -- unplant removes them.`)
  if (seed !== '') terminal.line(`  ${describeDraw(seed, round)}`)
  await restartIfRunning(readSettings(), terminal)
  const planting = { letters: wanted, seed, round, plantedAt: Date.now() }
  // Evidence of the same faults, planted earlier, stays valid.
  const isSame = previous && describe(previous) === describe(planting)
  writePlanting(settings, isSame ? { ...planting, plantedAt: previous.plantedAt } : planting)
}

export async function unplant(terminal: Terminal): Promise<void> {
  requireNotHidden()
  const changes = ['PLANTED_FAULTS', 'PLANTED_SEED'].map((name) => unsetEnvValue(envFile(), name))
  const isChanged = changes.some(({ changed }) => changed)
  if (isChanged) {
    terminal.done('The faults are removed.')
    await restartIfRunning(readSettings(), terminal)
  } else terminal.line('No fault is planted.')
  const settings = readSettings()
  const planting = readPlanting(settings)
  if (planting && planting.unplantedAt === undefined)
    writePlanting(settings, { ...planting, unplantedAt: Date.now() })
}

function describe({ letters, seed, round }: Planting): string {
  return [letters.join(','), round, seed].join(' ')
}

function requireFaults(letters: readonly string[]): Fault[] {
  const isFault = (letter: string): letter is Fault => (FAULTS as readonly string[]).includes(letter)
  const unknown = letters.filter((letter) => !isFault(letter))
  if (unknown.length === 0) return letters.filter(isFault)
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
