import { z } from 'zod'
import type { RollbarTarget } from '../../../settings/providers.ts'
import { askProvider, type ProviderAnswer } from '../../machine/http-json.ts'
import { bad, formOf, isSendable, type KeyCheck, unknown } from './key-check.ts'

const WHERE = 'rollbar.com, your project, Settings, Project Access Tokens'
const ERROR = z.looseObject({ message: z.string() })
/** `insufficient privileges: read scope is required but the access token only has post_server_item.` */
const SCOPES = /insufficient privileges.*only has ([\w, ]+)/i

/**
 * Asks Rollbar about a token without sending an item: it asks for items, and Rollbar's error names the scopes of a token
 * that may not read them.
 */
export async function checkRollbarToken({
  apiEndpoint,
  accessToken,
}: Pick<RollbarTarget, 'apiEndpoint' | 'accessToken'>): Promise<KeyCheck> {
  if (!isSendable(accessToken)) return unsendable('ROLLBAR_ACCESS_TOKEN')
  const answer = await askItems(apiEndpoint, accessToken)
  if (typeof answer === 'string' || answer.status >= 500 || answer.status === 429)
    return notChecked('token', answer)
  if (answer.status === 200) {
    return {
      outcome: 'good',
      says: 'Rollbar: the token reads items',
      note: {
        code: 'SENDING_UNPROVEN',
        what: 'The Rollbar token reads items; only sending one shows whether it may do that too.',
        fix: `npm run verify sends one. A server needs a token with post_server_item: ${WHERE}`,
      },
    }
  }
  const scopes = scopesIn(answer)
  if (!scopes) return whyRefused('ROLLBAR_ACCESS_TOKEN', accessToken)
  if (scopes.includes('post_server_item')) return { outcome: 'good', says: 'Rollbar: the token sends items' }
  return bad(
    'KEY_FORBIDDEN',
    `The Rollbar token has only ${scopes}, and a server needs post_server_item.`,
    `Use the token named post_server_item: ${WHERE}. Then: npm run env -- ROLLBAR_ACCESS_TOKEN`,
  )
}

/** The token that reads occurrences back; without it their evidence is `accepted` at best. */
export async function checkRollbarReadToken(apiEndpoint: string, readToken: string): Promise<KeyCheck> {
  if (!isSendable(readToken)) return unsendable('ROLLBAR_READ_TOKEN')
  const answer = await askItems(apiEndpoint, readToken)
  if (typeof answer === 'string' || answer.status >= 500 || answer.status === 429) {
    return notChecked('read token', answer)
  }
  if (answer.status === 200) return { outcome: 'good', says: 'Rollbar: the read token reads items' }
  const scopes = scopesIn(answer)
  if (!scopes) return whyRefused('ROLLBAR_READ_TOKEN', readToken)
  return bad(
    'KEY_FORBIDDEN',
    `ROLLBAR_READ_TOKEN has only ${scopes}, and reading needs read.`,
    `Use the token named read: ${WHERE}. Then: npm run env -- ROLLBAR_READ_TOKEN`,
  )
}

function askItems(endpoint: string, token: string): Promise<ProviderAnswer | string> {
  return askProvider(`${endpoint}/api/1/items?page=1`, { 'X-Rollbar-Access-Token': token })
}

function unsendable(setting: string): KeyCheck {
  return bad(
    'KEY_INVALID',
    `${setting} holds a line break, or another character that no token has.`,
    `Paste it again, the token alone: npm run env -- ${setting}`,
  )
}

function scopesIn({ body }: ProviderAnswer): string | undefined {
  return SCOPES.exec(ERROR.safeParse(body).data?.message ?? '')?.[1]?.trim()
}

function notChecked(what: string, answer: ProviderAnswer | string): KeyCheck {
  const why = typeof answer === 'string' ? answer : `it answered ${answer.status}`
  return unknown(`The Rollbar ${what} could not be checked: ${why}.`, 'npm run doctor asks again')
}

function whyRefused(setting: string, token: string): KeyCheck {
  const form = formOf(token)
  const isOther = form && form.kind !== 'rollbar'
  return bad(
    'KEY_REFUSED',
    `Rollbar does not know ${setting}${isOther ? `: it looks like ${form.name}` : ''}.`,
    `Copy it whole: ${WHERE}. Then: npm run env -- ${setting}`,
  )
}
