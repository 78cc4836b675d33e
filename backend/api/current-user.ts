/** Whose requests these are: the sample has no sign-in, so that every reader sees the same. */
export const CURRENT_USER = 'maya'
