/** How many bytes of bodies a server may hold at once, those of all its requests together. */
export interface ByteBudget {
  /** A request's part of it; releasing it gives back everything that it took. */
  open(): BudgetShare
}

export interface BudgetShare {
  /** False, and nothing is taken, when there is not so much left. */
  take(bytes: number): boolean
  release(): void
}

export function createByteBudget(maxBytes: number): ByteBudget {
  let left = maxBytes
  return {
    open() {
      let taken = 0
      return {
        take(bytes) {
          if (bytes > left) return false
          left -= bytes
          taken += bytes
          return true
        },
        release() {
          left += taken
          taken = 0
        },
      }
    },
  }
}
