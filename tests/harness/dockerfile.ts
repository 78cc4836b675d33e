import { readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { z } from 'zod'
import { ROOT } from './process.ts'

export interface Instruction {
  readonly verb: string
  readonly rest: string
}

export interface Stage {
  /** `AS name`; the last stage has none. */
  readonly name: string | undefined
  /** An image with the digest of its ARG, or the name of an earlier stage. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/**
 * Reads a Dockerfile whose comments are before its instructions. Images are the defaults of the ARGs before the first FROM.
 * Format: https://docs.docker.com/reference/dockerfile/
 */
export function readDockerfile(path: string): Stage[] {
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = []
  const images = new Map<string, string>()
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/\\\n\s*/g, '')
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, verb = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    if (verb === '') throw new Error(`${path}: this is no instruction: ${line}`)
    if (verb === 'FROM') {
      const [, base = '', name] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
      const [, argument] = /^\$\{(\w+)\}$/.exec(base) ?? []
      const image = argument === undefined ? base : images.get(argument)
      if (!image) throw new Error(`${path}: ${base} has no default`)
      stages.push({ name, base: image, instructions: [] })
    } else if (stages.length === 0 && verb === 'ARG') {
      const [name = '', value = ''] = rest.split(/=(.*)/s)
      images.set(name, value)
    } else stages.at(-1)?.instructions.push({ verb, rest })
  }
  return stages
}

/** An image's name and tag, without its digest. */
export const tagOf = (image: string) => image.split('@')[0] ?? ''

/** The command of the last stage, or of stage `target`, in exec form: in shell form, signals would not reach the process. */
export function commandOf(stages: readonly Stage[], target?: string): string[] {
  const stage = target === undefined ? stages.at(-1) : stages.find(({ name }) => name === target)
  const instruction = stage?.instructions.findLast(({ verb }) => verb === 'CMD')
  return z.array(z.string()).parse(JSON.parse(instruction?.rest ?? ''))
}

/** `COPY [--from=stage] source… target`. */
export function copyOf({ rest }: Instruction): {
  from: string | undefined
  sources: string[]
  target: string
} {
  const words = rest.split(' ')
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
  const target = words.pop() ?? ''
  return { from, sources: words, target }
}

const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ pattern: line.replace(/^!/, ''), isKept: line.startsWith('!') }))

/**
 * Whether a file, by its path from the repository, is not sent to the builder. The last rule that matches the file or
 * one of its folders decides. https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function isDockerIgnored(path: string): boolean {
  const parts = path.split('/')
  const ways = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const last = rules.findLast(({ pattern }) =>
    ways.some((way) => matchesGlob(undotted(way), undotted(pattern))),
  )
  return last !== undefined && !last.isKept
}

/** Docker's `*` also matches names that begin with a dot; Node's does not. */
const undotted = (path: string) => path.replace(/(^|\/)\./g, '$1dot-')
