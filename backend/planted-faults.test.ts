import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { USERS } from '../contracts/cruddur-users.ts'
import { addFaultD } from './planted-faults.ts'

const userWith = (plan: string, region: string) =>
  USERS.find((user) => user.plan === plan && user.region === region)?.handle ?? ''

/** How many queries a request makes before its route answers. */
async function startApp(faults: Parameters<typeof addFaultD>[2]) {
  let queries = 0
  const app = express()
  const query = async () => {
    queries++
    return { rows: [] }
  }
  addFaultD(app, { query }, faults)
  app.get('/', (_request, response) => {
    response.json({ queries })
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return async (handle: string, version: string): Promise<number> => {
    queries = 0
    const headers = { cookie: `cruddur_session=${handle}`, 'x-client-version': version }
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers })
    return ((await response.json()) as { queries: number }).queries
  }
}

test('fault d queries for one plan in one region on one client version, and then keeps the count', async () => {
  const ask = await startApp(['d'])
  const affected = userWith('team', 'ap-south')
  expect(await ask(affected, '2.3.2')).toBe(0)
  expect(await ask(userWith('pro', 'ap-south'), '2.4.0')).toBe(0)
  expect(await ask(userWith('team', 'us-east'), '2.4.0')).toBe(0)
  expect(await ask(affected, '2.4.0')).toBeGreaterThan(0)
  expect(await ask(affected, '2.4.0')).toBe(0)
})

test('without fault d no request queries more', async () => {
  const ask = await startApp(['a', 'b', 'c'])
  expect(await ask(userWith('team', 'ap-south'), '2.4.0')).toBe(0)
})
