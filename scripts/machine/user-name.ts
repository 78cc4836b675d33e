import { readOrUndefined } from './process-facts.ts'

/** The name of a user, or the number where the system's list has none (passwd(5)). */
export function userName(uid: number): string {
  const line = (readOrUndefined('/etc/passwd') ?? '')
    .split('\n')
    .find((one) => one.split(':')[2] === `${uid}`)
  return line?.split(':')[0] || `${uid}`
}
