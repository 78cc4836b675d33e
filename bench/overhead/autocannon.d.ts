/** As much of https://github.com/mcollina/autocannon as the bench uses; its own types come in a package of their own. */
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly average: number }
    readonly errors: number
    readonly non2xx: number
  }
  export default function autocannon(options: {
    url: string
    connections: number
    duration: number
  }): Promise<Result>
}
