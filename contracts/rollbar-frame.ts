/** Whether a file in a stack is the application's: neither Node's nor a package's. */
export function isOwnFile(file: string): boolean {
  return file !== '' && !/^node:|(^|\/)node_modules\//.test(file)
}
