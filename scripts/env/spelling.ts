import { parseEnv } from 'node:util'
import { parse } from 'dotenv'
import { statementsOf } from './statements.ts'

/** Needs no quotes in dotenv, in Node, in Docker Compose, and in a shell that sources the file. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/

/**
 * The ways to write a value in an `.env` file, the most portable first. Which of them every program reads as the value
 * depends on the value and on the lines around it, so the writer tries them in order.
 *
 * Single quotes come first: Docker Compose and shells expand `$` in double ones. Only dotenv accepts a single quote within
 * single quotes, and Docker Compose no backslash before the last one. Without quotes a value ends at a `#`.
 */
export function spellings(value: string): string[] {
  const escaped = value.replaceAll('\n', '\\n')
  const quoted = [`'${value}'`, `"${escaped}"`, `"${value}"`, value]
  return PLAIN.test(value) ? [value, ...quoted] : quoted
}

/** Whether Node's `--env-file` and Docker Compose read the variable as dotenv does. */
export function isReadAlike(text: string, name: string): boolean {
  const statement = statementsOf(text, name).at(-1)
  if (!statement) return true
  const value = parse(text)[name]
  const written = text.slice(statement.valueStart, statement.end)
  return parseEnv(`${name}=${written}`)[name] === value && readAsCompose(written) === value
}

/** The characters after a backslash in double quotes that Compose reads otherwise, except `n` and `r`. */
const OTHER_ESCAPE = /\\[abcftv0$"\\]/
/** `$$`, `$NAME` and `${NAME}`. Before any other character a `$` stays as it is. */
const EXPANSION = /\$[$_a-z{]/i

/**
 * The value of a statement as Docker Compose reads it; undefined where that is an error, depends on other variables, or
 * has an escape that dotenv does not know. `written` is what follows the `=`, with a comment.
 *
 * Source: the rules of https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 * as compose-go implements them (compose-spec/compose-go, dotenv/parser.go and template/template.go)
 */
export function readAsCompose(written: string): string | undefined {
  const quote = /^['"]/.exec(written)?.[0]
  if (quote === undefined) {
    const [line = ''] = written.split('\n', 1)
    const [value = ''] = line.split(' #', 1)
    return EXPANSION.test(value) ? undefined : value.trimEnd()
  }
  const inner = /^(['"])((?:\\[\s\S]|(?!\1)[^\\])*)\1\s*(?:#|$)/.exec(written)?.[2]
  const value = inner?.replace(/\\([\s\S])/g, (pair, character) => (character === quote ? quote : pair))
  if (value === undefined || quote === "'") return value
  if (OTHER_ESCAPE.test(value) || EXPANSION.test(value)) return undefined
  return value.replaceAll('\\n', '\n').replaceAll('\\r', '\r')
}
