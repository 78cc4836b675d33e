import { z } from 'zod'
import type { RollbarTarget } from '../../../settings/providers.ts'
import { askProvider } from '../../machine/http-json.ts'
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
  const asked = await askItems(apiEndpoint, 'ROLLBAR_ACCESS_TOKEN', accessToken)
  if ('outcome' in asked) return asked
  if (asked.scopes === 'read') {
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
  return asked.scopes.includes('post_server_item')
    ? { outcome: 'good', says: 'Rollbar: the token sends items' }
    : forbidden('ROLLBAR_ACCESS_TOKEN', asked.scopes, 'a server needs post_server_item', 'post_server_item')
}

/** The token that reads occurrences back; without it their evidence is `accepted` at best. */
export async function checkRollbarReadToken(apiEndpoint: string, readToken: string): Promise<KeyCheck> {
  const asked = await askItems(apiEndpoint, 'ROLLBAR_READ_TOKEN', readToken)
  if ('outcome' in asked) return asked
  return asked.scopes === 'read'
    ? { outcome: 'good', says: 'Rollbar: the read token reads items' }
    : forbidden('ROLLBAR_READ_TOKEN', asked.scopes, 'reading needs read', 'read')
}

/** The scopes of a token: `read`, or the names in Rollbar's error; a check where Rollbar names none. */
async function askItems(
  endpoint: string,
  setting: string,
  token: string,
): Promise<KeyCheck | { readonly scopes: string }> {
  if (!isSendable(token)) {
    return bad(
      'KEY_INVALID',
      `${setting} holds a line break, or another character that no token has.`,
      `Paste it again, the token alone: npm run env -- ${setting}`,
    )
  }
  const answer = await askProvider(`${endpoint}/api/1/items?page=1`, { 'X-Rollbar-Access-Token': token })
  if (typeof answer === 'string' || answer.status >= 500 || answer.status === 429) {
    const why = typeof answer === 'string' ? answer : `it answered ${answer.status}`
    return unknown(`${setting} could not be checked: ${why}.`, 'npm run doctor asks again')
  }
  if (answer.status === 200) return { scopes: 'read' }
  const scopes = SCOPES.exec(ERROR.safeParse(answer.body).data?.message ?? '')?.[1]?.trim()
  if (scopes) return { scopes }
  const form = formOf(token)
  const isOther = form && form.kind !== 'rollbar'
  return bad(
    'KEY_REFUSED',
    `Rollbar does not know ${setting}${isOther ? `: it looks like ${form.name}` : ''}.`,
    `Copy it whole: ${WHERE}. Then: npm run env -- ${setting}`,
  )
}

function forbidden(setting: string, scopes: string, needed: string, name: string): KeyCheck {
  return bad(
    'KEY_FORBIDDEN',
    `${setting} has only ${scopes}, and ${needed}.`,
    `Use the token named ${name}: ${WHERE}. Then: npm run env -- ${setting}`,
  )
}
