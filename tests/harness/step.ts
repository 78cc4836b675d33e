/** Runs one step of a test that goes through several; the error of a failing step begins with its name. */
export async function step<T>(name: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Error) error.message = `Step “${name}”: ${error.message}`
    throw error
  }
}
