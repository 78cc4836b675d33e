import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { findProgram, ROOT, skipped } from './process.ts'
import { type Finished, run } from './run.ts'
import { IS_LONG } from './scale.ts'

/** Programs stay here for the next run. */
export const BUILT = join(ROOT, 'node_modules/.cache/built')

/** How a program is started, or why this machine cannot build it. `kind` is for the name of a test. */
export type Built =
  | { readonly kind: string; readonly command: readonly [string, ...string[]]; readonly skipped?: never }
  | { readonly kind: string; readonly command?: never; readonly skipped: string }

/**
 * Runs the commands that build a program. Only the long run does: the first time, packages are downloaded. Throws where a
 * command fails for another reason than the network or the version of the language.
 */
export async function build(
  version: readonly [string, ...string[]],
  commands: readonly (readonly [string, ...string[]])[],
  command: () => readonly [string, ...string[]],
): Promise<Built> {
  if (!IS_LONG) return skip(`${version[0]} builds programs with TEST_LONG=1 only`)
  const { isThere, kind } = findProgram(version)
  if (!isThere) return { kind, skipped: kind }
  mkdirSync(BUILT, { recursive: true })
  for (const [file, ...args] of commands) {
    const finished = await run(file, args, { env: { PATH: process.env.PATH ?? '', HOME: homedir() } })
    if (finished.code !== 0) return skip(reasonOf(finished), version[0])
  }
  return { kind, command: command() }
}

/** The Go program of a folder. */
export function buildGo(folder: string): Promise<Built> {
  const program = join(BUILT, basename(folder))
  return build(['go', 'version'], [['go', '-C', folder, 'build', '-o', program, '.']], () => [program])
}

/** The Java program of one file, beside the pom.xml that names its packages. Java compiles it when it starts. */
export function buildJava(folder: string, file: string): Promise<Built> {
  const classPath = join(BUILT, `${basename(folder)}.class-path`)
  const resolve = ['dependency:build-classpath', `-Dmdep.outputFile=${classPath}`]
  return build(
    ['mvn', '--version'],
    [['mvn', '--quiet', '--batch-mode', '--file', join(folder, 'pom.xml'), ...resolve]],
    () => ['java', '-cp', readFileSync(classPath, 'utf8'), join(folder, file)],
  )
}

function skip(reason: string, program?: string): Built {
  return { kind: skipped(reason, program), skipped: reason }
}

/** Why this machine cannot build a program. Throws where the program is wrong. */
export function reasonOf({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): string {
  const output = stdout + stderr
  const [reason] =
    /.*(requires go|dial tcp|no such host|transfer artifact|could not be resolved).*/.exec(output) ?? []
  if (reason === undefined) throw new Error(output.slice(-5_000))
  return reason.slice(0, 200)
}
