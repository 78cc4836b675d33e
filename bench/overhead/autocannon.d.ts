/** The part of https://github.com/mcollina/autocannon that the bench uses. Its types are in a separate package. */
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly average: number; readonly total: number }
    readonly errors: number
    readonly non2xx: number
  }
  export default function autocannon(options: {
    url: string
    requests: { path: string }[]
    connections: number
    duration: number
  }): Promise<Result>
}
