import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { setEnvValue } from '../scripts/env/env-file.ts'
import { SPELLINGS } from './fixtures/env-spellings.ts'
import { buildGo } from './harness/built-program.ts'
import { run } from './harness/run.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'

const composeEnv = await buildGo('tests/fixtures/compose-env-go')
const command = composeEnv.command ?? ['none']

/** What Docker Compose's parser reads in each text; null for an error. */
async function readByCompose(texts: readonly string[]): Promise<(Record<string, string> | null)[]> {
  const { code, stdout, stderr } = await run(command[0], [], { env: {}, input: JSON.stringify(texts) })
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

test.skipIf(composeEnv.skipped)(
  `Docker Compose reads .env as these tests say (${composeEnv.kind})`,
  async () => {
    const certain = SPELLINGS.filter(([, read]) => read !== undefined)
    const theirs = await readByCompose(certain.map(([written]) => `A=${written}\n`))
    expect(theirs).toEqual(certain.map(([, read]) => ({ A: read })))
  },
)

/** Characters that one of the readers treats specially, and some that none does. */
const CHARACTERS = ["'", '"', '`', '$', '#', '\\', ' ', '\n', '\t', '{', '}', '=', 'n', 'r', '0', 'A', 'é']

/** The same values in every run. Numerical Recipes' linear congruential generator, 32 bits. */
function values(count: number): string[] {
  let state = 1
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const value = () => Array.from({ length: 1 + next(7) }, () => CHARACTERS[next(CHARACTERS.length)]).join('')
  return Array.from({ length: count }, value).filter((text) => text.trim() !== '')
}

test.skipIf(composeEnv.skipped)(
  `Docker Compose reads what npm run env has written, for 500 values (${composeEnv.kind})`,
  async () => {
    const file = join(temporaryFolder(), '.env')
    setEnvValue(file, 'FIRST', '1')
    setEnvValue(file, 'A', 'old')
    setEnvValue(file, 'LAST', '2')
    const written = values(500).flatMap((value) => {
      try {
        setEnvValue(file, 'A', value)
        return [readFileSync(file, 'utf8')]
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENV_VALUE_UNWRITABLE' })
        return []
      }
    })
    expect(written.length).toBeGreaterThan(350)
    expect(await readByCompose(written)).toEqual(written.map((text) => parse(text)))
  },
)
