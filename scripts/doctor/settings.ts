import { chmodSync, existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { parse } from 'dotenv'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { isSettingName, SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'
import { readEnvText } from '../../settings/env-text.ts'
import { withoutPasted } from '../../settings/pasted.ts'
import { resolveProviders, samplerName } from '../../settings/providers.ts'
import {
  type Environment,
  envFile,
  readRawSettings,
  readSettings,
  type Settings,
} from '../../settings/read.ts'
import { nearestSetting } from '../env/check.ts'
import { isCommittable } from '../env/keep.ts'
import { isReadAlike } from '../env/spelling.ts'
import { type CheckResult, good, joined, problem, problemOf, warning } from './check.ts'

/** How AWS begins the ids of temporary keys. */
const TEMPORARY = 'ASIA'
const OWNER_ONLY = 0o600
const OTHERS = 0o077
/** Names that other programs read, however similar to a setting. */
const FOREIGN = /^(NODE|GITPOD|CODESPACES?|GITHUB|DATABASE|npm)_/
/** SDKs read many variables that begin so. Only a name with at most this many changed characters is a mistyped setting. */
const OF_SDKS = /^(AWS|OTEL)_/
const MAX_CHANGES_OF_SDKS = 4

/** `.env`, and contradictions between settings. */
export async function checkSettings(environment: Environment): Promise<CheckResult> {
  const path = envFile(environment)
  const readable = checkValues(environment)
  if (readable.findings.some(({ severity }) => severity === 'problem')) return readable
  return joined([
    readable,
    await checkFile(path),
    ...(existsSync(path) ? [checkNames(path), checkSpellings(path), checkHidden(path, environment)] : []),
    checkHalves(environment),
    checkSamplerArgument(environment),
  ])
}

function checkValues(environment: Environment): CheckResult {
  try {
    readSettings(environment)
    return good()
  } catch (error) {
    return problemOf(error, 'Nothing can be started until this is fixed.')
  }
}

async function checkFile(path: string): Promise<CheckResult> {
  if (!existsSync(path)) return good()
  const mode = statSync(path).mode & 0o777
  const readable = problem({
    code: 'ENV_FILE_READABLE',
    what: `${path} can be read by others (mode ${mode.toString(8)}).`,
    why: 'Your keys are in it.',
    fix: `chmod 600 ${shellWord(path)}`,
    applyFix: async () => {
      chmodSync(path, OWNER_ONLY)
      return `Only you can read ${path} now`
    },
  })
  const committable = problem({
    code: 'ENV_FILE_COMMITTABLE',
    what: `git does not ignore ${path}.`,
    why: 'The next commit would publish your keys.',
    fix: `echo "${basename(path)}" >> .gitignore; if it is committed already: git rm --cached, and make new keys`,
  })
  const found = [
    ...((mode & OTHERS) === 0 ? [] : [readable]),
    ...((await isCommittable(path)) ? [committable] : []),
  ]
  return found.length > 0 ? joined(found) : good(`Only you can read ${path}, and git ignores it`)
}

/** Nothing else reports a mistyped name. */
function checkNames(path: string): CheckResult {
  const names = Object.keys(parse(readEnvText(path) ?? ''))
  const unknown = names.filter((name) => !isSettingName(name) && !FOREIGN.test(name))
  return joined(
    unknown.map((name) => {
      const near = nearestSetting(name, OF_SDKS.test(name) ? MAX_CHANGES_OF_SDKS : undefined)
      if (!near) return good()
      return warning({
        code: 'SETTING_UNKNOWN',
        what: `${name} in ${path} is not a setting; did you mean ${near}?`,
        why: 'A mistyped setting has no effect.',
        fix: `Rename it in ${path}, or: npm run env -- ${near}`,
      })
    }),
  )
}

/** They disagree about `$`, `#`, quotes and backslashes. Docker Compose gets its settings from the same file. */
function checkSpellings(path: string): CheckResult {
  const text = readEnvText(path) ?? ''
  const [first, ...others] = SETTING_NAMES.filter((name) => !isReadAlike(text, name))
  if (first === undefined) return good()
  return warning({
    code: 'SETTING_AMBIGUOUS',
    what: `${[first, ...others].join(', ')}: other programs read other values from ${path}.`,
    why: 'Docker Compose and Node’s --env-file have their own rules for $, #, quotes and backslashes.',
    fix: `npm run env -- ${first} asks for the value, and writes it as all of them read it`,
  })
}

/** A value in the environment hides the value of `.env`. */
function checkHidden(path: string, environment: Environment): CheckResult {
  const file = parse(readEnvText(path) ?? '')
  const own = withoutPasted(environment, file)
  const hidden = SETTING_NAMES.filter((name) => {
    const [outer, kept] = [own[name]?.trim(), file[name]?.trim()]
    return outer && kept && outer !== kept
  })
  if (hidden.length === 0) return good()
  return warning({
    code: 'SETTING_HIDDEN',
    what: `${hidden.join(', ')}: the environment has another value than ${path}, and wins.`,
    why: 'What you keep with npm run env has no effect in this terminal.',
    fix: `unset ${hidden.join(' ')}, or open a new terminal`,
  })
}

/** An AWS key has two parts, a temporary one three. */
function checkHalves(environment: Environment): CheckResult {
  const raw = readRawSettings(environment)
  const has = (name: SettingName) => raw[name].value !== undefined
  const [one, other] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  const isTemporary = raw[one].value?.startsWith(TEMPORARY)
  if (isTemporary && has(other) && !has('AWS_SESSION_TOKEN')) {
    return problem({
      code: 'SESSION_TOKEN_MISSING',
      what: `${one} is of temporary credentials (${TEMPORARY}…), and AWS_SESSION_TOKEN is not set.`,
      why: 'AWS rejects the other two parts without the third.',
      fix: 'npm run env -- AWS_SESSION_TOKEN',
    })
  }
  if (has(one) === has(other)) return good()
  const [set, missing] = has(one) ? [one, other] : [other, one]
  return warning({
    code: 'CREDENTIAL_INCOMPLETE',
    what: `${set} is set, and ${missing} is not.`,
    why: 'X-Ray stays local until both are there.',
    fix: `npm run env -- ${missing}`,
  })
}

/** Only the samplers that keep a share of the traces have an argument. */
function checkSamplerArgument(environment: Environment): CheckResult {
  const settings = readSettings(environment)
  const sampler = samplerFor(settings, environment)
  if (settings.OTEL_TRACES_SAMPLER_ARG === undefined || sampler?.endsWith('traceidratio') !== false)
    return good()
  return warning({
    code: 'SAMPLER_ARG_UNUSED',
    what: `OTEL_TRACES_SAMPLER_ARG has no effect with the sampler ${sampler}.`,
    why: 'Only traceidratio and parentbased_traceidratio keep the share that it names.',
    fix: 'npm run env -- OTEL_TRACES_SAMPLER=parentbased_traceidratio, or npm run env -- --unset OTEL_TRACES_SAMPLER_ARG',
  })
}

/** Undefined where the providers contradict each other, which another check reports. */
function samplerFor(settings: Settings, environment: Environment): string | undefined {
  try {
    return samplerName(settings, resolveProviders(settings, environment).xray)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
